import type { FileHandle } from 'node:fs/promises'

/** Markers that no length follows (ISO/IEC 10918-1 table B.1), and FF 00, which is a data byte of a scan. */
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const isBare = (marker: number): boolean =>
  marker <= 0x01 || marker === SOI || (marker >= 0xd0 && marker <= 0xd7)

const CHUNK_BYTES = 64 * 1024

/** Encoders write about ten. */
const MAX_SCANS = 100

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
  return (tail[0] === 0xff && tail[1] === EOI) || (await walk(file, (marker) => marker === EOI))
}

/**
 * Whether a JPEG has more scans than any encoder writes. Each costs its file a
 * hundred bytes and a decoder a pass over all blocks, for which libjpeg knows
 * no limit: 2000 of them in 300 kB keep it busy for 13 s at 49 megapixels.
 */
export async function hasTooManyScans(file: FileHandle): Promise<boolean> {
  let scans = 0
  await walk(file, (marker) => {
    if (marker === SOS) scans += 1
    return marker === EOI || scans > MAX_SCANS
  })
  return scans > MAX_SCANS
}

/**
 * Walks through the markers that begin a segment or end the picture, until
 * `isLast` says of one that it need go no further.
 *
 * @returns whether it did, before the file's end.
 */
async function walk(file: FileHandle, isLast: (marker: number) => boolean): Promise<boolean> {
  let chunkStart = 0
  /** Where the present segment's content ends, from the file's start. */
  let resumeAt = 0
  let length = 0
  let lengthBytesLeft = 0
  let afterFf = false
  const buffer = Buffer.alloc(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, chunkStart)
    if (bytesRead === 0) return false
    const chunk = buffer.subarray(0, bytesRead)
    for (let at = Math.max(0, resumeAt - chunkStart); at < chunk.length; at += 1) {
      const byte = chunk.readUInt8(at)
      if (lengthBytesLeft > 0) {
        length = length * 256 + byte
        lengthBytesLeft -= 1
        if (lengthBytesLeft > 0) continue
        // The length counts its own two bytes.
        at += Math.max(0, length - 2)
        resumeAt = chunkStart + at + 1
        length = 0
      } else if (!afterFf) {
        const next = chunk.indexOf(0xff, at)
        if (next === -1) break
        at = next
        afterFf = true
      } else if (byte !== 0xff) {
        afterFf = false
        if (isBare(byte)) continue
        if (isLast(byte)) return true
        if (byte !== EOI) lengthBytesLeft = 2
      }
    }
    chunkStart += chunk.length
  }
}
