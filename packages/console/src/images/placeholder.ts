import { thumbHashToDataURL } from 'thumbhash'

/** A picture's colours as a tiny picture, there before anything is loaded. */
export function placeholderOf(thumbhash: string | null): string | undefined {
  if (thumbhash === null) return undefined
  return thumbHashToDataURL(Uint8Array.from(atob(thumbhash), (char) => char.charCodeAt(0)))
}
