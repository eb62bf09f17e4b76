import sharp, { type Sharp } from 'sharp'

/** Interleaved 8-bit pixels. */
export interface RawPicture {
  data: Buffer
  width: number
  height: number
  channels: 1 | 2 | 3 | 4
}

/** Begins a sharp pipeline on raw pixels. */
export function encodeRaw({ data, width, height, channels }: RawPicture): Sharp {
  return sharp(data, { raw: { width, height, channels } })
}

/** Decodes a picture to the pixels that are in it: for tests to compare with. */
export async function decodeToRaw(picture: Buffer): Promise<RawPicture> {
  const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: info.channels as RawPicture['channels'] }
}
