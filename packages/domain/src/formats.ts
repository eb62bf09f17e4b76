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

/** What systems open as a picture. */
const PICTURE_NAME = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|hei[cf]|tiff?)$/i

/**
 * The name that a picture is saved under: its own, with the extension of its
 * format behind it where its own is no picture's. One that is kept as
 * `page.html` would be opened as a page, and a picture's bytes can also be one.
 */
export function pictureName(filename: string, format: ImageFormat): string {
  return PICTURE_NAME.test(filename) ? filename : `${filename}.${extensionOf(format)}`
}
