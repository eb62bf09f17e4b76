/** What may be uploaded. What a file is, is told by its bytes, never by its name or declared type. */
export const IMAGE_FORMATS = ['jpeg', 'png', 'webp', 'gif', 'avif', 'heic', 'tiff'] as const
export type ImageFormat = (typeof IMAGE_FORMATS)[number]

/** What a picture may be converted to at its full size. */
export const CONVERSION_FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const
export type ConversionFormat = (typeof CONVERSION_FORMATS)[number]

/** What a rendition may be. */
export type RenditionFormat = ConversionFormat

const EXTENSIONS: Record<ImageFormat, string> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  avif: 'avif',
  heic: 'heic',
  tiff: 'tif',
}

/** The media type of a format (IANA registry). */
export function mediaTypeOf(format: ImageFormat): string {
  return `image/${format}`
}

/** The customary file extension of a format, without the dot. */
export function extensionOf(format: ImageFormat): string {
  return EXTENSIONS[format]
}
