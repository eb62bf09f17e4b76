import { insertJpegSegments, jpegSegment } from './jpeg-segments.ts'
import { photo } from './photo.ts'

/** What `crashing-decoder.ts` looks for in a picture's first bytes. To every decoder they are a comment. */
export const MARKS = {
  crash: 'tintype-test: crash the decoder',
  hang: 'tintype-test: hang the decoder',
  hunger: 'tintype-test: let the decoder eat memory',
} as const

export type Mark = (typeof MARKS)[keyof typeof MARKS]

/** How far into a file a mark may end. */
export const MARK_WITHIN_BYTES = 128

/** A sound photograph at which a decoder that has loaded `crashing-decoder.ts` dies at once. */
export function crashingJpeg(): Promise<Buffer> {
  return markedJpeg(MARKS.crash)
}

/** The same, at which its decode never ends. */
export function hangingJpeg(): Promise<Buffer> {
  return markedJpeg(MARKS.hang)
}

/** The same, at which it takes 64 MiB of memory every 20 ms, until something stops it. */
export function hungryJpeg(): Promise<Buffer> {
  return markedJpeg(MARKS.hunger)
}

async function markedJpeg(mark: Mark): Promise<Buffer> {
  return withComment(await photo({ width: 120, height: 90 }), mark)
}

/** The same picture in other bytes: a JPEG with a comment of up to 65,533 bytes in front of all else. */
export function withComment(jpeg: Buffer, text: string): Buffer {
  // ISO/IEC 10918-1 B.2.4.5: a comment segment.
  return insertJpegSegments(jpeg, jpegSegment(0xfe, Buffer.from(text, 'latin1')))
}
