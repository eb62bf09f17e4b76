import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RenditionName, thumbnailName } from '@tintype/domain'
import { createTestFolder, decodeToRaw, QUADRANTS, type Quadrants, readQuadrants } from '@tintype/testkit'
import type { Test } from 'tap'
import { type Derived, derive, type Rendition } from '../../src/pixels/derive.ts'

export interface DerivePictureOptions {
  heights?: number[]
  /** In place of thumbnails of these heights. */
  wants?: RenditionName[]
  maxPixels?: number
  avifMaxPixels?: number
}

type Sound = Extract<Derived, { outcome: 'derived' }>

/** Derives from a picture's bytes as a decoder child does, in this process. */
export async function derivePicture(
  t: Test,
  picture: Uint8Array,
  {
    heights = [64],
    wants = heights.map(thumbnailName),
    maxPixels = 100_000_000,
    avifMaxPixels = 24_000_000,
  }: DerivePictureOptions = {},
): Promise<Derived> {
  const path = join(await createTestFolder(t), 'original')
  await writeFile(path, picture)
  await using file = await open(path)
  return await derive({ path, file }, { wants, maxPixels, avifMaxPixels })
}

/** The same of a picture that must come out well. */
export async function deriveSound(
  t: Test,
  picture: Uint8Array,
  options?: DerivePictureOptions,
): Promise<Sound> {
  const derived = await derivePicture(t, picture, options)
  if (derived.outcome !== 'derived') throw new Error(`${derived.code}: ${derived.detail}`)
  return derived
}

export function first<T>(list: readonly T[]): T {
  const [item] = list
  if (item === undefined) throw new Error('the list is empty')
  return item
}

/** How far two pictures' four colours are apart at most, of 255. */
export function distance(found: Quadrants, wanted: Quadrants = QUADRANTS): number {
  const corners = ['topLeft', 'topRight', 'bottomLeft', 'bottomRight'] as const
  return Math.max(
    ...corners.flatMap((corner) =>
      found[corner].map((value, band) => Math.abs(value - (wanted[corner][band] ?? 0))),
    ),
  )
}

/** How far a rendition is from looking as `quadrants()` does. */
export async function distanceFromQuadrants({ data }: Rendition): Promise<number> {
  return distance(readQuadrants(await decodeToRaw(data)))
}
