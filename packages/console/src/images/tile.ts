import type { Image } from '@tintype/sdk'
import { localUrl } from '../app/local-url.ts'

/** What a gallery of thousands keeps of each image. */
export interface Tile {
  id: string
  name: string
  filename: string
  state: Image['state']
  reason: string | undefined
  thumbhash: string | null
  aspectRatio: number
  sources: ThumbnailSource[]
}

export interface ThumbnailSource {
  url: string
  width: number
}

export function tileOf(image: Image): Tile {
  return {
    id: image.id,
    name: nameOf(image),
    filename: image.filename,
    state: image.state,
    reason: image.error?.message,
    thumbhash: image.thumbhash,
    aspectRatio: image.width / image.height,
    sources: sourcesOf(image),
  }
}

export const nameOf = ({ title, filename }: Pick<Image, 'title' | 'filename'>) => title || filename

/** The thumbnails that there are or that are made when asked for, the smallest first. */
export function sourcesOf({ state, width, height, thumbnails }: Image): ThumbnailSource[] {
  if (state !== 'ready') return []
  return Object.entries(thumbnails)
    .filter(([, { state }]) => state !== 'failed')
    .map(([bound, thumbnail]) => ({
      url: localUrl(thumbnail.url),
      // As it will be where it is not made yet.
      width: thumbnail.width ?? Math.max(1, Math.round((Math.min(Number(bound), height) * width) / height)),
    }))
    .sort((one, other) => one.width - other.width)
}

export const srcSetOf = (sources: readonly ThumbnailSource[]) =>
  sources.map(({ url, width }) => `${url} ${width}w`).join(', ')
