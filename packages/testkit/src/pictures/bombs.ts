import { deflateRawSync, constants as zlib } from 'node:zlib'
import { insertPngChunk, pngChunk } from './png-chunks.ts'

/** Small files that are large pictures: every pixel is there, and a decoder that goes by the file's size is lost. */

const ZEROS_BYTES = 1024 ** 2

export interface PngBombOptions {
  width: number
  height: number
  /** Bits a pixel of PNG's kinds: a mask, grey, true colour, true colour with alpha of 16 bits. */
  bitsPerPixel?: 1 | 8 | 24 | 64
  /** In seven passes (Adam7), for which decoders hold the whole picture. */
  isInterlaced?: boolean
  /** Ends the pixels after so many bytes of them, as they are in the file. */
  maxBytes?: number
}

/** A black PNG, a thousandth of its pixels in bytes. */
export function pngBomb({
  width,
  height,
  bitsPerPixel = 1,
  isInterlaced = false,
  maxBytes = Number.POSITIVE_INFINITY,
}: PngBombOptions): Buffer {
  const rows = isInterlaced ? adam7Rows(width, height) : [{ width, rows: height }]
  // Each row begins with its filter's number, 0.
  const bytes = rows.reduce(
    (sum, pass) => sum + pass.rows * (1 + Math.ceil((pass.width * bitsPerPixel) / 8)),
    0,
  )
  const { depth, colourType } = KINDS[bitsPerPixel]
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([depth, colourType, 0, 0, isInterlaced ? 1 : 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflatedZeros(bytes).subarray(0, maxBytes)),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

const KINDS = {
  1: { depth: 1, colourType: 0 },
  8: { depth: 8, colourType: 0 },
  24: { depth: 8, colourType: 2 },
  64: { depth: 16, colourType: 6 },
} as const

/** The seven passes' sizes (PNG 3rd edition §8.1), without those that are empty. */
function adam7Rows(width: number, height: number): { width: number; rows: number }[] {
  const PASSES = [
    [0, 8, 0, 8],
    [4, 8, 0, 8],
    [0, 4, 4, 8],
    [2, 4, 0, 4],
    [0, 2, 2, 4],
    [1, 2, 0, 2],
    [0, 1, 1, 2],
  ] as const
  return PASSES.map(([left, across, top, down]) => ({
    width: Math.max(0, Math.ceil((width - left) / across)),
    rows: Math.max(0, Math.ceil((height - top) / down)),
  })).filter((pass) => pass.width > 0 && pass.rows > 0)
}

/** What zlib makes of so many zeros (RFC 1950), put together from one megabyte's worth: nobody holds them. */
export function deflatedZeros(bytes: number): Buffer {
  const megabyte = deflateRawSync(Buffer.alloc(ZEROS_BYTES), { level: 9, finishFlush: zlib.Z_FULL_FLUSH })
  const rest = deflateRawSync(Buffer.alloc(bytes % ZEROS_BYTES), { level: 9 })
  const checksum = Buffer.alloc(4)
  // Adler-32 of zeros: the first sum stays 1, the second counts them.
  checksum.writeUInt32BE((bytes % 65_521) * 65_536 + 1)
  const whole = Array.from({ length: Math.floor(bytes / ZEROS_BYTES) }, () => megabyte)
  return Buffer.concat([Buffer.of(0x78, 0xda), ...whole, rest, checksum])
}

/** A sound PNG with a compressed text, or profile, of so many zeros. */
export function chunkBomb(png: Buffer, type: 'zTXt' | 'iTXt' | 'iCCP', bytes: number): Buffer {
  const lead = type === 'iTXt' ? 'bomb\0\x01\0\0\0' : 'bomb\0\0'
  const body = Buffer.concat([Buffer.from(lead, 'latin1'), deflatedZeros(bytes)])
  return insertPngChunk(png, type, body)
}

/**
 * A black lossless WebP (RFC 9649 §3) of at most 16,384 pixels a side in some
 * forty bytes: each of its five prefix codes has one symbol, which takes no bits.
 */
export function webpBomb(width: number, height: number): Buffer {
  const size = Buffer.alloc(5)
  size.writeUInt8(0x2f)
  size.writeUInt32LE(((height - 1) * 2 ** 14 + (width - 1)) >>> 0, 1)
  // No transform, no colour cache, one group of codes; green, red, blue 0, alpha 255, distance 0.
  const bits = ['000', '1000', '1000', '1000', '10111111111', '1000'].join('')
  const codes = Buffer.alloc(12)
  for (const [at, bit] of [...bits].entries()) {
    if (bit === '1') codes.writeUInt8(codes.readUInt8(at >> 3) | (1 << (at & 7)), at >> 3)
  }
  return riff(Buffer.concat([size, codes.subarray(0, 11)]))
}

function riff(picture: Buffer): Buffer {
  const head = Buffer.alloc(20)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(12 + picture.length, 4)
  head.write('WEBPVP8L', 8, 'latin1')
  head.writeUInt32LE(picture.length, 16)
  return Buffer.concat([head, picture])
}

/** A GIF of so many frames of one pixel, on a canvas of this size. */
export function manyFramesGif({ frames = 10_000, width = 1, height = 1 } = {}): Buffer {
  const screen = Buffer.alloc(13)
  screen.write('GIF89a', 'latin1')
  screen.writeUInt16LE(width, 6)
  screen.writeUInt16LE(height, 8)
  screen.writeUInt8(0x80, 10)
  const colours = Buffer.of(0, 0, 0, 255, 255, 255)
  // A delay, a frame in the corner, and its pixel in LZW of two bits: clear, 0, end.
  const frame = Buffer.of(
    ...[0x21, 0xf9, 4, 0, 1, 0, 0, 0],
    ...[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0],
    ...[2, 2, 0x44, 0x01, 0],
  )
  return Buffer.concat([screen, colours, ...Array.from({ length: frames }, () => frame), Buffer.of(0x3b)])
}
