import { crc32 } from 'node:zlib'
import { photo } from './photo.ts'
import { pngChunk } from './png-chunks.ts'

/** Files that are at fault themselves: each is refused, the same way on every try. */

/** Ends after `share` of its bytes. */
export function truncated(picture: Buffer, share: number): Buffer {
  return picture.subarray(0, Math.floor(picture.length * share))
}

export async function truncatedJpeg(share = 0.6): Promise<Buffer> {
  return truncated(await photo(), share)
}

/** One byte of the pixels' zlib stream is another, with the chunk's checksum put right again. */
export async function corruptPng(): Promise<Buffer> {
  const png = Buffer.from(await photo({ width: 200, height: 150, format: 'png' }))
  const type = png.indexOf('IDAT', 0, 'latin1')
  const length = png.readUInt32BE(type - 4)
  const at = type + 4 + Math.floor(length / 2)
  png.writeUInt8(png.readUInt8(at) ^ 0xff, at)
  png.writeUInt32BE(crc32(png.subarray(type, type + 4 + length)), type + 4 + length)
  return png
}

/** A few bytes of PNG whose header claims a picture of `width` × `height` pixels. */
export function boastfulPng(width = 60_000, height = 60_000): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', Buffer.from('789c030000000001', 'hex')),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** An SVG that asks its renderer for a file of the machine. */
export function svg(): Buffer {
  return Buffer.from(
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64"><image width="64" height="64" xlink:href="file:///etc/hostname"/><rect width="64" height="64" fill="#b43c32"/></svg>',
  )
}

/** The least that readers take for a PDF. */
export function pdf(): Buffer {
  return Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 64 64]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
  )
}
