import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { insertPngChunk } from './png-chunks.ts'
import { QUADRANTS_SIZE, quadrants } from './quadrants.ts'
import { encodeRaw } from './raw-picture.ts'

/** Pictures whose colours are stored in some other way than 8-bit sRGB. Seen right, each is `quadrants()`. */

/**
 * Process inks, with the profile by which they are meant or without one. Inks
 * are not light: seen right, it is `quadrants()` within about 25 of 255.
 */
export function cmykJpeg({ isProfiled = true } = {}): Promise<Buffer> {
  const inks = encodeRaw(quadrants()).toColourspace('cmyk')
  if (isProfiled) inks.withIccProfile('cmyk')
  return inks.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()
}

/** Display P3: without its profile the colours come out too dull. */
export function p3Jpeg(): Promise<Buffer> {
  return encodeRaw(quadrants())
    .withIccProfile('p3')
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer()
}

/** 16 bits a channel: sRGB without a profile, or in the named profile. */
export async function png16(profile?: 'srgb' | 'p3'): Promise<Buffer> {
  const { data, width, height } = quadrants()
  const samples = profile === undefined ? data : await samplesIn(profile)
  const wide = Uint16Array.from(samples, (value) => value * 257)
  const png = await sharp(wide, { raw: { width, height, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer()
  if (profile === undefined) return png
  // PNG 3rd edition §11.3.2.3: a name, its end, method 0, then the profile in zlib's format.
  const iccp = Buffer.concat([
    Buffer.from(`${profile}\0\0`, 'latin1'),
    deflateSync(await iccProfile(profile)),
  ])
  return insertPngChunk(png, 'iCCP', iccp)
}

/** One of the profiles that sharp carries. */
export async function iccProfile(name: 'srgb' | 'p3'): Promise<Buffer> {
  const { icc } = await sharp(await quadrantsIn(name)).metadata()
  if (icc === undefined) throw new Error(`sharp embedded no ${name} profile`)
  return icc
}

/** The numbers that mean `quadrants()` in that profile, RGB of 8 bits. */
export async function samplesIn(profile: 'srgb' | 'p3', size = QUADRANTS_SIZE): Promise<Buffer> {
  return sharp(await quadrantsIn(profile, size), { ignoreIcc: true })
    .raw()
    .toBuffer()
}

function quadrantsIn(profile: 'srgb' | 'p3', size = QUADRANTS_SIZE): Promise<Buffer> {
  return encodeRaw(quadrants(size)).withIccProfile(profile).png().toBuffer()
}

export function palettePng(): Promise<Buffer> {
  return encodeRaw(quadrants()).png({ palette: true, colours: 16 }).toBuffer()
}

export function greyJpeg(): Promise<Buffer> {
  return encodeRaw(quadrants()).toColourspace('b-w').jpeg({ quality: 95 }).toBuffer()
}
