import { type ImageWithRenditions, type Rendition, stateOfRendition, type User } from '@tintype/database'
import {
  type ConversionFormat,
  conversionName,
  type FAILURES,
  grants,
  type RenditionName,
  thumbnailName,
} from '@tintype/domain'
import type { Static } from 'typebox'
import type { ImageSchema, RenditionSchema } from './schemas.ts'

/** Absolute addresses of the API's own resources. */
export interface Urls {
  images(): string
  image(id: string): string
  thumbnail(id: string, height: number): string
  conversion(id: string, format: ConversionFormat): string
  original(id: string): string
  links(id: string): string
  me(): string
  upload(id: string): string
  resumableUpload(id: string): string
  archive(id: string): string
}

/** @param publicUrl asked at each use, because a port that the system chose is known only once the server listens. */
export function createUrls(publicUrl: () => string): Urls {
  const images = () => `${publicUrl()}/v1/images`
  const image = (id: string) => `${images()}/${id}`
  return {
    images,
    image,
    thumbnail: (id, height) => `${image(id)}/thumbnails/${height}`,
    conversion: (id, format) => `${image(id)}/conversions/${format}`,
    original: (id) => `${image(id)}/original`,
    links: (id) => `${image(id)}/links`,
    me: () => `${publicUrl()}/v1/me`,
    upload: (id) => `${publicUrl()}/v1/uploads/${id}`,
    resumableUpload: (id) => `${publicUrl()}/v1/tus/${id}`,
    archive: (id) => `${publicUrl()}/v1/archives/${id}`,
  }
}

/** An image as its owner sees it: what their tier grants at this moment, and nothing else. */
export function representImage(
  { image, renditions }: ImageWithRenditions,
  owner: User,
  urls: Urls,
): Static<typeof ImageSchema> {
  const { tier } = owner
  const made = new Map(renditions.map((rendition) => [rendition.name, rendition]))
  const isAwaited = image.state === 'pending' && tier.generation === 'eager'
  const represent = (name: RenditionName, url: string, isMadeUnasked: boolean) => {
    const rendition = made.get(name)
    return { url, state: stateOf(image, rendition, isMadeUnasked), ...describe(rendition) }
  }
  const thumbnails = tier.thumbnailHeights
    .toSorted((a, b) => a - b)
    .map((height) => {
      const url = urls.thumbnail(image.id, height)
      return [String(height), represent(thumbnailName(height), url, isAwaited)]
    })
  const conversions = tier.conversionFormats.map((format) => {
    const url = urls.conversion(image.id, format)
    return [format, represent(conversionName(format), url, isAwaited && format !== image.format)]
  })
  return {
    id: image.id,
    title: image.title,
    filename: image.filename,
    format: image.format,
    width: image.width,
    height: image.height,
    bytes: image.bytes,
    sha256: image.sha256,
    state: image.state as 'pending' | 'ready' | 'failed',
    ...(image.failureCode === null
      ? {}
      : {
          error: {
            code: image.failureCode satisfies keyof typeof FAILURES,
            message: image.failureMessage ?? '',
          },
        }),
    thumbhash: image.thumbhash,
    uploadedAt: image.uploadedAt.toISOString(),
    owner: { id: owner.id, href: urls.me() },
    thumbnails: Object.fromEntries(thumbnails),
    ...(conversions.length > 0 ? { conversions: Object.fromEntries(conversions) } : {}),
    ...(grants(tier, 'original') ? { original: { url: urls.original(image.id) } } : {}),
    ...(tier.linkAccess ? { linksUrl: urls.links(image.id) } : {}),
  }
}

function stateOf(
  image: ImageWithRenditions['image'],
  rendition: Rendition | undefined,
  isMadeUnasked: boolean,
): Static<typeof RenditionSchema>['state'] {
  const { outcome } = stateOfRendition(image, rendition)
  if (outcome !== 'pending') return outcome
  // Asked for, or about to be made without being asked. One that was evicted is neither.
  return rendition !== undefined || isMadeUnasked ? 'pending' : 'on-request'
}

function describe(rendition: Rendition | undefined) {
  if (rendition?.file === undefined) return {}
  const { width, height, format, bytes } = rendition.file
  return { width, height, format, bytes }
}
