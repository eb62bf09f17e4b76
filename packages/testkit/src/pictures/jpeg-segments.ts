/** A JPEG's segment (ITU-T T.81 §B.1.1.4): its marker, its length, at most 65,533 bytes. */
export function jpegSegment(marker: number, ...parts: (Uint8Array | string)[]): Buffer {
  const payload = Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)))
  const head = Buffer.of(0xff, marker, 0, 0)
  head.writeUInt16BE(payload.length + 2, 2)
  return Buffer.concat([head, payload])
}

/** Puts segments right behind the start of the image. */
export function insertJpegSegments(jpeg: Buffer, ...segments: Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}
