import { quadrants } from './quadrants.ts'
import { encodeRaw, type RawPicture } from './raw-picture.ts'

/** `quadrants()` whose lower right quarter is wholly transparent. */
export function transparentPng(): Promise<Buffer> {
  return encodeRaw(withAlpha((right, down) => (right >= 0.5 && down >= 0.5 ? 0 : 255)))
    .png()
    .toBuffer()
}

/** Has an alpha channel, but every pixel is opaque, as screenshots are. */
export function opaqueAlphaPng(): Promise<Buffer> {
  return encodeRaw(withAlpha(() => 255))
    .png()
    .toBuffer()
}

function withAlpha(alphaAt: (right: number, down: number) => number): RawPicture {
  const { data: rgb, width, height } = quadrants()
  const data = Buffer.alloc(width * height * 4)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rgb.copy(data, pixel * 4, pixel * 3, pixel * 3 + 3)
    data[pixel * 4 + 3] = alphaAt((pixel % width) / width, Math.floor(pixel / width) / height)
  }
  return { data, width, height, channels: 4 }
}
