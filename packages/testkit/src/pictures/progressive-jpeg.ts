import { jpegSegment } from './jpeg-segments.ts'

/** 14 further bits tell how many blocks a run of empty ones has beyond 2^14 (ITU-T T.81 §G.1.2.2). */
const EOB14 = 0xe0
const EOB14_RUN_BLOCKS = 2 ** 14
const EOB14_BITS = 15

export interface ProgressiveOptions {
  width: number
  height: number
  /** Passes over all blocks, the first for their means; each takes a decoder time and the file few bytes. 3 unless told. */
  scans?: number
}

/**
 * A plain grey progressive JPEG (ITU-T T.81 annex G) of any size at the cost of
 * its bytes: written by hand, since an encoder would need every pixel. A
 * decoder must hold all its coefficients, two bytes a pixel, until the last scan.
 */
export function progressiveJpeg({ width, height, scans = 3 }: ProgressiveOptions): Buffer {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8)
  // Each table knows one code of one bit, 0: so all entropy-coded bytes are 0.
  const means = Buffer.alloc(Math.ceil(blocks / 8))
  const details = Buffer.alloc(Math.ceil((Math.ceil(blocks / EOB14_RUN_BLOCKS) * EOB14_BITS) / 8))
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    jpegSegment(0xdb, Buffer.of(0, ...Array(64).fill(16))),
    jpegSegment(0xc2, Buffer.of(8, ...u16(height), ...u16(width), 1, 1, 0x11, 0)),
    jpegSegment(0xc4, huffmanTable(0x00, 0), huffmanTable(0x10, EOB14)),
    scanHeader(0, 0),
    means,
    ...Array.from({ length: scans - 1 }, () => [scanHeader(1, 63), details]).flat(),
    Buffer.of(0xff, 0xd9),
  ])
}

/** A table (T.81 §B.2.4.2) whose only code, of one bit, stands for `symbol`. */
function huffmanTable(slot: number, symbol: number): Buffer {
  return Buffer.of(slot, 1, ...Array(15).fill(0), symbol)
}

/** A scan of the only component, of these coefficients, in full precision (T.81 §B.2.3). */
function scanHeader(first: number, last: number): Buffer {
  return jpegSegment(0xda, Buffer.of(1, 1, 0x00, first, last, 0))
}

function u16(value: number): [high: number, low: number] {
  return [value >> 8, value & 0xff]
}
