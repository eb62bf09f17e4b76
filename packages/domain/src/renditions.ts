/** The name of a derived file: `h<height>` is the thumbnail bounded by that height in pixels. */
export type RenditionName = `h${number}`

/** The name of the thumbnail at most `height` pixels high. */
export function thumbnailName(height: number): RenditionName {
  return `h${height}`
}

/**
 * The height that a thumbnail's name or a path segment stands for, or undefined
 * where it is not a plain decimal from 1 to 4096 (`0200`, `1e3`, `²` are none).
 */
export function parseHeight(text: string): number | undefined {
  const digits = /^h?([1-9][0-9]{0,3})$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  const height = Number(digits)
  return height <= 4096 ? height : undefined
}

/** Reads a rendition's name, or answers undefined where it names none. */
export function parseRenditionName(text: string): RenditionName | undefined {
  const height = text.startsWith('h') ? parseHeight(text) : undefined
  return height === undefined ? undefined : thumbnailName(height)
}
