import { crc32 } from 'node:zlib'

const SIGNATURE_BYTES = 8
/** Length, type, 13 bytes, checksum. */
const IHDR_BYTES = 25

/** A chunk with its length and checksum (PNG 3rd edition §5.3). */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/** Puts a chunk right behind the header. */
export function insertPngChunk(png: Buffer, type: string, data: Uint8Array): Buffer {
  const at = SIGNATURE_BYTES + IHDR_BYTES
  return Buffer.concat([png.subarray(0, at), pngChunk(type, data), png.subarray(at)])
}
