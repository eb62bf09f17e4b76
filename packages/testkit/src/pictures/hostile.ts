import { animatedGif, animatedWebp, multiPageTiff } from './animated.ts'
import { chunkBomb, manyFramesGif, pngBomb, webpBomb } from './bombs.ts'
import { cmykJpeg, png16 } from './colours.ts'
import { boastfulPng, corruptPng, truncated } from './damaged.ts'
import { heic } from './heic.ts'
import { circularExif, heavyExif, lyingProfiles, scriptedExif, scriptedXmp } from './hostile-metadata.ts'
import { lyingAvif, lyingHeic, lyingJpeg, lyingWebp, sizelessHeic } from './lying.ts'
import { photo } from './photo.ts'
import { notPictures, polyglots } from './polyglots.ts'
import { progressiveJpeg } from './progressive-jpeg.ts'

/** `refused`: answered with a 4xx. */
export type HostileEnd = 'ready' | 'failed' | 'refused'

export interface HostilePicture {
  name: string
  bytes: Buffer
  /** How it may end. */
  ends: readonly HostileEnd[]
}

/** What a tier must allow for `hostilePictures` to end as they say. */
export const HOSTILE_MAX_PIXELS = 120_000_000

/** Every kind of file that is made to do harm, or is only odd, and how it is to end. */
export async function hostilePictures(): Promise<HostilePicture[]> {
  const size = { width: 96, height: 64 }
  const jpeg = await photo(size)
  const png = await photo({ ...size, format: 'png' })
  const webp = await photo({ ...size, format: 'webp' })
  const all = { ...(await bombs(png)), ...(await lies(jpeg, webp)), ...(await odd()), ...(await damaged()) }
  return [
    ...Object.entries(all).map(([name, [bytes, ...ends]]) => ({ name, bytes, ends })),
    ...named('', await polyglots(), 'ready'),
    ...named('profile that lies about ', await lyingProfiles(jpeg), 'ready', 'failed'),
    ...named('', notPictures(), 'refused'),
  ]
}

type Files = Record<string, [bytes: Buffer, ...ends: HostileEnd[]]>

async function bombs(png: Buffer): Promise<Files> {
  return {
    'PNG of 3600 megapixels in 10 kB': [
      pngBomb({ width: 60_000, height: 60_000, maxBytes: 10_000 }),
      'refused',
    ],
    'PNG of 100 megapixels in 13 kB': [pngBomb({ width: 10_000, height: 10_000 }), 'ready'],
    'PNG in seven passes': [
      pngBomb({ width: 3000, height: 3000, bitsPerPixel: 24, isInterlaced: true }),
      'ready',
    ],
    'WebP of 256 megapixels in 40 bytes': [webpBomb(16_000, 16_000), 'refused'],
    'WebP of 16 megapixels in 40 bytes': [webpBomb(4000, 4000), 'ready'],
    'GIF of 10,000 frames': [manyFramesGif(), 'ready'],
    'GIF on a huge canvas': [manyFramesGif({ frames: 2, width: 65_535, height: 65_535 }), 'refused'],
    'progressive JPEG of 100 megapixels': [progressiveJpeg({ width: 10_000, height: 10_000 }), 'ready'],
    'progressive JPEG of 3000 passes': [
      progressiveJpeg({ width: 7000, height: 7000, scans: 3000 }),
      'failed',
    ],
    'text of a gigabyte': [chunkBomb(png, 'zTXt', 1e9), 'ready'],
    'Unicode text of a gigabyte': [chunkBomb(png, 'iTXt', 1e9), 'ready'],
    'profile of a gigabyte': [chunkBomb(png, 'iCCP', 1e9), 'ready'],
  }
}

async function lies(jpeg: Buffer, webp: Buffer): Promise<Files> {
  const huge = { width: 60_000, height: 60_000 }
  return {
    'PNG without its pixels': [boastfulPng(2000, 2000), 'failed'],
    'AVIF that claims a huge canvas': [await lyingAvif(huge), 'refused'],
    'AVIF that claims a large canvas': [await lyingAvif({ width: 7000, height: 7000 }), 'failed'],
    'AVIF that claims less than it is': [
      await lyingAvif({ width: 64, height: 48 }, { width: 2000, height: 2000 }),
      'failed',
    ],
    'HEIC that claims a huge canvas': [await lyingHeic(huge), 'refused'],
    'HEIC that claims a large canvas': [await lyingHeic({ width: 7000, height: 7000 }), 'failed'],
    'HEIC whose picture has no size': [await sizelessHeic(), 'failed'],
    'WebP that claims a huge canvas': [lyingWebp(webp, { width: 16_384, height: 16_384 }), 'refused'],
    // As with every JPEG that ends early but in order, what is missing is grey.
    'JPEG that claims a large picture': [lyingJpeg(jpeg, { width: 7000, height: 7000 }), 'ready', 'failed'],
    'JPEG that claims a huge one': [lyingJpeg(jpeg, { width: 65_500, height: 65_500 }), 'refused'],
    'EXIF with scripts': [scriptedExif(jpeg), 'ready'],
    'EXIF with a value of 60 kB': [heavyExif(jpeg), 'ready'],
    'EXIF in a circle': [circularExif(jpeg), 'ready'],
    'XMP with a script': [scriptedXmp(jpeg), 'ready'],
  }
}

async function odd(): Promise<Files> {
  return {
    '16 bits': [await png16(), 'ready'],
    'process inks': [await cmykJpeg(), 'ready'],
    'animated GIF': [await animatedGif(), 'ready'],
    'animated WebP': [await animatedWebp(), 'ready'],
    'TIFF of two pages': [await multiPageTiff(), 'ready'],
  }
}

async function damaged(): Promise<Files> {
  const files: Files = {
    nothing: [Buffer.alloc(0), 'refused'],
    'one byte': [Buffer.of(0xff), 'refused'],
    'PNG with a wrong byte': [await corruptPng(), 'failed'],
    'HEIC, cut': [truncated(await heic(), 0.7), 'failed', 'refused'],
  }
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
    const picture = await photo({ width: 96, height: 64, format })
    files[`${format}, cut`] = [truncated(picture, 0.7), 'failed', 'refused']
  }
  return files
}

function named(before: string, files: Record<string, Buffer>, ...ends: HostileEnd[]): HostilePicture[] {
  return Object.entries(files).map(([name, bytes]) => ({ name: before + name, bytes, ends }))
}
