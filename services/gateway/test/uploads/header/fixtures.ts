import { crc32 } from 'node:zlib'

/** Headers made by hand, byte by byte: as small as each format allows, with no pixels to speak of. */

export function u16(value: number): Buffer {
  const buffer = Buffer.alloc(2)
  buffer.writeUInt16BE(value)
  return buffer
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}

export function u16le(value: number): Buffer {
  return u16(value).reverse()
}

export function u24le(value: number): Buffer {
  return u32(value).subarray(1).reverse()
}

export function u32le(value: number): Buffer {
  return u32(value).reverse()
}

export interface Tag {
  tag: number
  value: number
  type?: 'BYTE' | 'SHORT' | 'LONG' | 'LONG8'
  count?: number
}

const TYPES = {
  BYTE: { id: 1, bytes: 1 },
  SHORT: { id: 3, bytes: 2 },
  LONG: { id: 4, bytes: 4 },
  LONG8: { id: 16, bytes: 8 },
}

export interface TiffOptions {
  littleEndian?: boolean
  big?: boolean
  /** Where the directory starts; what lies between it and the header is filled with 0xAA. */
  directoryAt?: number
}

export function tiff(
  tags: Tag[],
  { littleEndian = true, big = false, directoryAt }: TiffOptions = {},
): Buffer {
  const number = (value: number, bytes: number) => {
    const buffer = Buffer.alloc(bytes)
    if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value))
    else buffer.writeUIntBE(value, 0, bytes)
    return littleEndian ? buffer.reverse() : buffer
  }
  const offsetBytes = big ? 8 : 4
  const headBytes = big ? 16 : 8
  const at = directoryAt ?? headBytes
  const head = [Buffer.from(littleEndian ? 'II' : 'MM'), number(big ? 43 : 42, 2)]
  if (big) head.push(number(8, 2), number(0, 2))
  const entries = tags.map(({ tag, value, type = 'LONG', count = 1 }) => {
    const field = Buffer.alloc(offsetBytes)
    number(value, TYPES[type].bytes).copy(field)
    return Buffer.concat([number(tag, 2), number(TYPES[type].id, 2), number(count, offsetBytes), field])
  })
  return Buffer.concat([
    ...head,
    number(at, offsetBytes),
    Buffer.alloc(at - headBytes, 0xaa),
    number(tags.length, big ? 8 : 2),
    ...entries,
  ])
}

export function exif(orientation: number, littleEndian = false): Buffer {
  return tiff([{ tag: 274, value: orientation, type: 'SHORT' }], { littleEndian })
}

export function segment(marker: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([0xff, marker]), u16(payload.length + 2), payload])
}

export function exifSegment(orientation: number): Buffer {
  return segment(0xe1, Buffer.from('Exif\0\0'), exif(orientation))
}

export interface JpegOptions {
  sof?: number
  before?: Buffer[]
}

/** A JPEG up to the end of its frame header, which has three components. */
export function jpeg(width: number, height: number, { sof = 0xc0, before = [] }: JpegOptions = {}): Buffer {
  const frame = [
    Buffer.from([8]),
    u16(height),
    u16(width),
    Buffer.from([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]),
  ]
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...before, segment(sof, ...frame)])
}

export function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  return Buffer.concat([u32(data.length), body, u32(crc32(body))])
}

export const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** A PNG up to the lead of its first IDAT. `methods` are depth, colour type, compression, filter, interlace. */
export function png(width: number, height: number, methods = [8, 6, 0, 0, 0], before: Buffer[] = []): Buffer {
  const ihdr = chunk('IHDR', Buffer.concat([u32(width), u32(height), Buffer.from(methods)]))
  return Buffer.concat([PNG_SIGNATURE, ihdr, ...before, u32(0), Buffer.from('IDAT')])
}

export function riffChunk(type: string, data: Buffer): Buffer {
  const padding = Buffer.alloc(data.length % 2)
  return Buffer.concat([Buffer.from(type, 'latin1'), u32le(data.length), data, padding])
}

export function webp(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from('WEBP'), ...chunks])
  return Buffer.concat([Buffer.from('RIFF'), u32le(body.length), body])
}

/** A lossy picture: a shown key frame. The upper two bits of each side are a scale that decoders ignore. */
export function vp8(width: number, height: number, tag = [0x10, 0, 0]): Buffer {
  const start = Buffer.from([...tag, 0x9d, 0x01, 0x2a])
  return riffChunk('VP8 ', Buffer.concat([start, u16le(width | 0x4000), u16le(height | 0x8000)]))
}

export function vp8l(width: number, height: number, version = 0): Buffer {
  const bits = ((version << 29) | (1 << 28) | ((height - 1) << 14) | (width - 1)) >>> 0
  return riffChunk('VP8L', Buffer.concat([Buffer.from([0x2f]), u32le(bits)]))
}

export function vp8x(width: number, height: number, flags = 0): Buffer {
  return riffChunk('VP8X', Buffer.concat([u32le(flags), u24le(width - 1), u24le(height - 1)]))
}

export function anmf(place: { x: number; y: number; width: number; height: number }): Buffer {
  const { x, y, width, height } = place
  const fields = [u24le(x / 2), u24le(y / 2), u24le(width - 1), u24le(height - 1), u32le(0)]
  return riffChunk('ANMF', Buffer.concat([...fields, vp8(width, height)]))
}

export interface GifOptions {
  version?: '87a' | '89a'
  colours?: number
  frame?: { left?: number; top?: number; width: number; height: number }
  before?: Buffer[]
}

/** A GIF up to the end of its first image descriptor. `colours` is the size of the global table: 0 or 2 to 256. */
export function gif(width: number, height: number, options: GifOptions = {}): Buffer {
  const { version = '89a', colours = 4, before = [] } = options
  const { left = 0, top = 0, ...size } = options.frame ?? { width, height }
  const packed = colours === 0 ? 0 : 0x80 | (Math.log2(colours) - 1)
  return Buffer.concat([
    Buffer.from(`GIF${version}`),
    u16le(width),
    u16le(height),
    Buffer.from([packed, 0, 0]),
    Buffer.alloc(3 * colours, 0x2c),
    ...before,
    Buffer.from([0x2c]),
    u16le(left),
    u16le(top),
    u16le(size.width),
    u16le(size.height),
    Buffer.from([0]),
  ])
}

/** A GIF extension whose data comes in the given sub-blocks. */
export function extension(label: number, ...blocks: Buffer[]): Buffer {
  const parts = blocks.flatMap((block) => [Buffer.from([block.length]), block])
  return Buffer.concat([Buffer.from([0x21, label]), ...parts, Buffer.from([0])])
}
