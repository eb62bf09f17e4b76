import sharp from 'sharp'
import { QUADRANTS_SIZE, quadrants } from './quadrants.ts'
import { encodeRaw } from './raw-picture.ts'

/** Three frames: `quadrants()`, then plain black, then plain white. */
export function animatedGif(): Promise<Buffer> {
  return frames().then((animation) => animation.gif().toBuffer())
}

/** The same as WebP. */
export function animatedWebp(): Promise<Buffer> {
  return frames().then((animation) => animation.webp({ quality: 95 }).toBuffer())
}

async function frames() {
  const first = await encodeRaw(quadrants()).png().toBuffer()
  const rest = ['#000', '#fff'].map((background) =>
    sharp({ create: { ...QUADRANTS_SIZE, channels: 3, background } })
      .png()
      .toBuffer(),
  )
  return sharp([first, ...(await Promise.all(rest))], { join: { animated: true } })
}

/** Two pages, of which the first is `quadrants()`. */
export async function multiPageTiff(): Promise<Buffer> {
  return (await frames()).tiff({ compression: 'lzw' }).toBuffer()
}
