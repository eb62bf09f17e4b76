import type { RawPixels } from './raw-pixels.ts'

/** TIFF 6.0 field types and their sizes in bytes. */
const SHORT = 3
const LONG = 4
const UNDEFINED = 7

const HEADER_BYTES = 8
const ENTRY_BYTES = 12

/**
 * Raw RGBA pixels and an ICC profile as one uncompressed TIFF (TIFF 6.0; tag
 * 34675 is ICC.1 annex B.4): the only way to hand sharp a profile along with
 * pixels that it did not decode itself.
 */
export function wrapInTiff({ data, width, height }: RawPixels, profile: Uint8Array): Buffer {
  const entries: [tag: number, type: number, count: number, value: number | 'bits' | 'profile' | 'pixels'][] =
    [
      [256, LONG, 1, width],
      [257, LONG, 1, height],
      [258, SHORT, 4, 'bits'],
      [259, SHORT, 1, 1], // no compression
      [262, SHORT, 1, 2], // RGB
      [273, LONG, 1, 'pixels'],
      [277, SHORT, 1, 4], // samples per pixel
      [278, LONG, 1, height], // rows per strip: all in one
      [279, LONG, 1, data.length],
      [284, SHORT, 1, 1], // interleaved
      [338, SHORT, 1, 2], // the fourth sample is alpha, not premultiplied
      [34675, UNDEFINED, profile.length, 'profile'],
    ]
  const bits = HEADER_BYTES + 2 + entries.length * ENTRY_BYTES + 4
  const offsets = { bits, profile: bits + 8, pixels: bits + 8 + profile.length + (profile.length % 2) }
  const head = Buffer.alloc(offsets.pixels)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(HEADER_BYTES, 4)
  head.writeUInt16LE(entries.length, HEADER_BYTES)
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    const at = HEADER_BYTES + 2 + index * ENTRY_BYTES
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(count, at + 4)
    head.writeUInt32LE(typeof value === 'number' ? value : offsets[value], at + 8)
  }
  for (let sample = 0; sample < 4; sample += 1) head.writeUInt16LE(8, offsets.bits + sample * 2)
  head.set(profile, offsets.profile)
  return Buffer.concat([head, data])
}
