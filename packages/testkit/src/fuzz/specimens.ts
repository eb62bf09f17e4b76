import { animatedGif, animatedWebp, multiPageTiff } from '../pictures/animated.ts'
import { manyFramesGif, pngBomb, webpBomb } from '../pictures/bombs.ts'
import { cmykJpeg, p3Jpeg, palettePng, png16 } from '../pictures/colours.ts'
import { heic } from '../pictures/heic.ts'
import { scriptedExif } from '../pictures/hostile-metadata.ts'
import { withGps } from '../pictures/metadata.ts'
import { oriented } from '../pictures/oriented.ts'
import { photo } from '../pictures/photo.ts'
import { progressiveJpeg } from '../pictures/progressive-jpeg.ts'
import { transparentPng } from '../pictures/transparency.ts'

/** Small good files of every format and of what is odd in each, to be mutated. */
export async function specimens(): Promise<Buffer[]> {
  const size = { width: 40, height: 30 }
  const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const
  return Promise.all([
    ...formats.map((format) => photo({ ...size, format })),
    photo({ ...size, progressive: true }),
    heic({ width: 32, height: 32 }),
    heic({ width: 32, height: 32, isTurned: true, isP3: true }),
    ...(['jpeg', 'png', 'webp', 'tiff'] as const).map((format) => oriented(6, format)),
    ...(['jpeg', 'png', 'webp'] as const).map((format) => withGps(format)),
    ...[animatedGif(), animatedWebp(), multiPageTiff()],
    ...[cmykJpeg({ isProfiled: false }), p3Jpeg(), png16('p3'), palettePng(), transparentPng()],
    scriptedExif(await photo(size)),
    ...[manyFramesGif({ frames: 20 }), webpBomb(300, 200), progressiveJpeg({ ...size, scans: 5 })],
    pngBomb({ width: 300, height: 200, bitsPerPixel: 64, isInterlaced: true }),
  ])
}
