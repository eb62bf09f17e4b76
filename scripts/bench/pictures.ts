import { existsSync, globSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { photo } from '@tintype/testkit'
import sharp from 'sharp'

/** Pictures of 3:2, as cameras make them. */
const ASPECT = 3 / 2
/** What cameras have made for twenty years. */
const LEAST_MEGAPIXELS = 5

export interface Picture {
  name: string
  path: string
}

export interface Pictures {
  /** A JPEG of so many megapixels, made once a run and the same in every one. */
  jpeg(megapixels: number, seed?: number): Promise<Picture>
  /** The JPEGs of the folder that was named, those as large as a camera's. */
  photographs(): Promise<Picture[]>
}

export function createPictures(folder: string, photographsFolder: string | undefined): Pictures {
  return {
    async jpeg(megapixels, seed = 1) {
      const name = `${megapixels} MP`
      const path = join(folder, `${megapixels}mp-${seed}.jpg`)
      if (!existsSync(path)) {
        const height = Math.round(Math.sqrt((megapixels * 1e6) / ASPECT))
        await writeFile(path, await photo({ width: Math.round(height * ASPECT), height, seed }))
      }
      return { name, path }
    },
    async photographs() {
      if (photographsFolder === undefined) return []
      const cwd = resolve(photographsFolder)
      const found: Picture[] = []
      for (const name of globSync('*.{jpg,jpeg}', { cwd }).toSorted()) {
        const path = join(cwd, name)
        const { width, height, space } = await sharp(path).metadata()
        // Of CMYK a plain resize makes other colours than ours: sameness would not be what is compared.
        if (width * height >= LEAST_MEGAPIXELS * 1e6 && space !== 'cmyk') found.push({ name, path })
      }
      return found
    },
  }
}
