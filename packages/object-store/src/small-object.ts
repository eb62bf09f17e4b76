import { Readable } from 'node:stream'
import type { GotObject, ObjectInfo } from './types.ts'

/** Up to here an object is read at once: a stream takes longer to set up than a thumbnail to read. */
export const SMALL_BYTES = 65_536

/** An object, or a part of one, whose bytes have been read. */
export function smallObject({ key, bytes, modifiedAt }: ObjectInfo, content: Buffer): GotObject {
  return {
    key,
    bytes,
    modifiedAt,
    content,
    get body() {
      return Readable.from(content.length === 0 ? [] : [content], { objectMode: false })
    },
  }
}
