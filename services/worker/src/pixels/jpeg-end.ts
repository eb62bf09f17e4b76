import type { FileHandle } from 'node:fs/promises'

/** Markers that no length follows (ISO/IEC 10918-1 table B.1), and FF 00, which is a data byte of a scan. */
const SOI = 0xd8
const EOI = 0xd9
const isBare = (marker: number): boolean =>
  marker <= 0x01 || marker === SOI || (marker >= 0xd0 && marker <= 0xd7)

/**
 * Whether a JPEG that decoded well has the end of its picture.
 *
 * A shrinking decode need not read a picture's last rows, so one that was cut
 * short there would pass at 200 px and fail at 400 px. Costs a read of two
 * bytes where the file ends as JPEGs do; only one with something behind its
 * picture is walked, marker by marker (ISO/IEC 10918-1 annex B), to that
 * picture's end.
 */
export async function hasJpegEnd(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat()
  const tail = Buffer.alloc(2)
  await file.read(tail, 0, 2, Math.max(0, size - 2))
  return (tail[0] === 0xff && tail[1] === EOI) || (await walkToEnd(file))
}

async function walkToEnd(file: FileHandle): Promise<boolean> {
  let chunkStart = 0
  /** Where the present segment's content ends, from the file's start. */
  let resumeAt = 0
  let length = 0
  let lengthBytesLeft = 0
  let afterFf = false
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) {
    for (let at = Math.max(0, resumeAt - chunkStart); at < chunk.length; at += 1) {
      const byte: number = chunk[at]
      if (lengthBytesLeft > 0) {
        length = length * 256 + byte
        lengthBytesLeft -= 1
        if (lengthBytesLeft > 0) continue
        // The length counts its own two bytes.
        at += Math.max(0, length - 2)
        resumeAt = chunkStart + at + 1
        length = 0
      } else if (!afterFf) {
        afterFf = byte === 0xff
      } else if (byte !== 0xff) {
        if (byte === EOI) return true
        afterFf = false
        if (!isBare(byte)) lengthBytesLeft = 2
      }
    }
    chunkStart += chunk.length
  }
  return false
}
