import { type BitWriter, createBitWriter } from './bit-writer.ts'

/**
 * The smallest HEVC encoder (ITU-T H.265): one intra picture of 8-bit 4:2:0
 * whose every block holds its samples as they are (`pcm_flag`). It compresses
 * nothing; it is there because no encoder for HEIC can be had from npm.
 */

/** One coding tree block is one coding block is one PCM block. */
const BLOCK = 16
const LOG2_BLOCK = 4
const LEVEL_4 = 120

export interface YuvPicture {
  width: number
  height: number
  y: Uint8Array
  /** Half as wide and half as high. */
  cb: Uint8Array
  cr: Uint8Array
}

export interface HevcPicture {
  vps: Buffer
  sps: Buffer
  pps: Buffer
  slice: Buffer
}

/** `width` and `height` must be even. */
export function encodeHevc(picture: YuvPicture): HevcPicture {
  return {
    vps: nalUnit(32, videoParameters()),
    sps: nalUnit(33, sequenceParameters(picture)),
    pps: nalUnit(34, pictureParameters()),
    slice: nalUnit(19, sliceOf(picture)),
  }
}

/** NAL unit header, then the payload with emulation prevention (§7.3.1.1, §7.4.2). */
function nalUnit(type: number, payload: Buffer): Buffer {
  const bytes = [type << 1, 1]
  let zeros = 0
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3)
      zeros = 0
    }
    bytes.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from(bytes)
}

/** §7.3.3, for one sub-layer: Main profile, progressive frames. */
function writeProfile(w: BitWriter): void {
  w.bits(8, 1)
  w.bits(32, 0x6000_0000)
  w.flags(1, 0, 0, 1)
  w.bits(44, 0)
  w.bits(8, LEVEL_4)
}

function endOfParameters(w: BitWriter): Buffer {
  w.flags(1)
  return w.finish()
}

/** §7.3.2.1 */
function videoParameters(): Buffer {
  const w = createBitWriter()
  w.bits(4, 0)
  w.flags(1, 1) // base layer internal, available
  w.bits(6, 0)
  w.bits(3, 0)
  w.flags(1) // temporal id nesting
  w.bits(16, 0xffff)
  writeProfile(w)
  w.flags(1)
  w.golomb(0, 0, 0) // picture buffer, reorder, latency
  w.bits(6, 0)
  w.golomb(0)
  w.flags(0, 0) // timing info, extension
  return endOfParameters(w)
}

/** §7.3.2.2 */
function sequenceParameters({ width, height }: YuvPicture): Buffer {
  const w = createBitWriter()
  const coded = codedSize({ width, height })
  w.bits(4, 0)
  w.bits(3, 0)
  w.flags(1)
  writeProfile(w)
  w.golomb(0, 1, coded.width, coded.height) // id, 4:2:0, size
  w.flags(1) // conformance window: what of the blocks is picture, in chroma samples
  w.golomb(0, (coded.width - width) / 2, 0, (coded.height - height) / 2)
  w.golomb(0, 0, 0) // 8 bits luma, 8 bits chroma, order count of 4 bits
  w.flags(1)
  w.golomb(0, 0, 0)
  w.golomb(LOG2_BLOCK - 3, 0) // coding blocks: 16, in tree blocks of 16
  w.golomb(0, 2, 0, 0) // transform blocks: 4 to 16, no hierarchy
  w.flags(0, 0, 0) // scaling lists, asymmetric partitions, sample adaptive offset
  w.flags(1) // PCM: 8 bits luma and chroma, blocks of 16, left alone by loop filters
  w.bits(4, 7)
  w.bits(4, 7)
  w.golomb(LOG2_BLOCK - 3, 0)
  w.flags(1)
  w.golomb(0)
  w.flags(0, 0, 0, 0, 0) // long-term references, temporal vectors, intra smoothing, VUI, extension
  return endOfParameters(w)
}

/** §7.3.2.3 */
function pictureParameters(): Buffer {
  const w = createBitWriter()
  w.golomb(0, 0)
  w.flags(0, 0)
  w.bits(3, 0)
  w.flags(0, 0) // sign hiding, CABAC init
  w.golomb(0, 0, 0) // references, initial QP 26
  w.flags(0, 0, 0) // constrained intra, transform skip, QP delta
  w.golomb(0, 0) // chroma QP offsets
  w.flags(0, 0, 0, 0, 0, 0, 0) // slice offsets, weighted ×2, bypass, tiles, wavefronts, filters across slices
  w.flags(1, 0, 1) // deblocking: controlled, not by slices, off
  w.flags(0, 0)
  w.golomb(0)
  w.flags(0, 0)
  return endOfParameters(w)
}

/** §7.3.6.1 and §7.3.8: the header, then a coding tree of one PCM block for every 16 × 16 pixels. */
function sliceOf(picture: YuvPicture): Buffer {
  const w = createBitWriter()
  w.flags(1, 0) // first slice, prior pictures
  w.golomb(0, 2, 0) // parameter set, intra, QP delta
  w.flags(1) // byte alignment
  w.align()

  const coder = createCoder(w)
  const { width, height } = codedSize(picture)
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      if (top > 0 || left > 0) coder.terminate(false) // end_of_slice_segment_flag
      coder.partMode2Nx2N()
      coder.terminate(true) // pcm_flag
      w.align()
      const chroma = { top: top / 2, left: left / 2, size: BLOCK / 2 }
      w.bytes(blockOf(picture.y, picture.width, { top, left, size: BLOCK }))
      w.bytes(blockOf(picture.cb, picture.width / 2, chroma))
      w.bytes(blockOf(picture.cr, picture.width / 2, chroma))
      coder.restart()
    }
  }
  coder.terminate(true)
  return w.finish()
}

/** Samples past the picture's edge repeat those at it. */
function blockOf(
  plane: Uint8Array,
  width: number,
  at: { top: number; left: number; size: number },
): Uint8Array {
  const height = plane.length / width
  const block = new Uint8Array(at.size * at.size)
  for (let index = 0; index < block.length; index += 1) {
    const x = Math.min(width - 1, at.left + (index % at.size))
    const y = Math.min(height - 1, at.top + Math.floor(index / at.size))
    block[index] = plane[y * width + x] ?? 0
  }
  return block
}

function codedSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  return { width: Math.ceil(width / BLOCK) * BLOCK, height: Math.ceil(height / BLOCK) * BLOCK }
}

/** Table 9-52, its column for the upper quarter of ranges: the only one met here. */
const LPS_RANGES = [
  240, 227, 216, 205, 195, 185, 175, 166, 158, 150, 142, 135, 128, 122, 116, 110, 104, 99, 94, 89, 85, 80, 76,
  72, 69, 65, 62, 59, 56, 53, 50, 48, 45, 43, 41, 39, 37, 35, 33, 32, 30, 29, 27, 26, 24, 23, 22, 21, 20, 19,
  18, 17, 16, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9,
]

/**
 * The arithmetic coder (§9.3.5), as far as a PCM picture takes it: `part_mode`
 * is always its context's likelier bin, and everything else is a terminating bin.
 */
function createCoder(w: BitWriter) {
  let low = 0
  let range = 510
  let isFirstBit = true
  let outstanding = 0
  let state = 0

  function put(bit: 0 | 1): void {
    if (isFirstBit) isFirstBit = false
    else w.flags(bit)
    for (; outstanding > 0; outstanding -= 1) w.flags(bit === 1 ? 0 : 1)
  }
  function renormalize(): void {
    for (; range < 256; range *= 2, low *= 2) {
      if (low < 256) put(0)
      else if (low >= 512) {
        low -= 512
        put(1)
      } else {
        low -= 256
        outstanding += 1
      }
    }
  }
  return {
    partMode2Nx2N() {
      range -= LPS_RANGES[state] ?? 0
      state = Math.min(62, state + 1)
      renormalize()
    },
    /** A terminating bin; where it is set, what is pending is flushed and the final bit is the stop bit. */
    terminate(isEnd: boolean) {
      range -= 2
      if (!isEnd) {
        renormalize()
        return
      }
      low += range
      range = 2
      renormalize()
      put(((low >> 9) & 1) as 0 | 1)
      w.bits(2, ((low >> 7) & 3) | 1)
    },
    restart() {
      low = 0
      range = 510
      isFirstBit = true
      outstanding = 0
    },
  }
}
