import { createHash } from 'node:crypto'
import { photo, withComment } from '@tintype/testkit'

/** A picture as it is sent, known again by every byte of it. */
export interface SentPicture {
  /** Its title, which no other has. */
  name: string
  sha256: string
  bytes(): Buffer
}

/** So small that a load is of requests and not of pixels. */
export const SMALL = { width: 320, height: 240 }
/** And one of more than one piece of a transfer. */
const SIZES = [SMALL, { width: 480, height: 360 }, { width: 1200, height: 800 }]

export interface PictureSource {
  /** A picture that was never sent before. */
  make(which: number): SentPicture
}

/** Makes pictures that differ in a comment alone, so that each costs nothing and none has another's hash. */
export async function createPictureSource(run: string, sizes = SIZES): Promise<PictureSource> {
  const bases = await Promise.all(sizes.map((size, seed) => photo({ ...size, seed: seed + 1 })))
  let made = 0
  return {
    make(which) {
      made += 1
      const name = `${run}-${made}`
      const base = bases[which % bases.length] as Buffer
      const bytes = () => withComment(base, name)
      return { name, bytes, sha256: sha256(bytes()) }
    },
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
