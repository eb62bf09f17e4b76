import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { originalKey, thumbnailName, uuidv7 } from '@tintype/domain'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import { crashingDecoderOptions, createTestFolder } from '@tintype/testkit'
import type { Test } from 'tap'
import { decoderEnvironment } from '../../src/pixels/decoder-environment.ts'
import {
  createDecoderPool,
  type DecoderPool,
  type DecoderPoolOptions,
  type PoolJob,
} from '../../src/pixels/pool.ts'

export interface LogLine {
  fields: object
  message: string
}

export interface Lab {
  pool: DecoderPool
  store: ObjectStore
  childEnv: Record<string, string>
  log: LogLine[]
  /** Stores a picture and answers the job that derives from it. */
  jobFor(picture: Uint8Array, job?: Partial<PoolJob> & { heights?: number[] }): Promise<PoolJob>
  /** What decoder children have in their temporary folder. */
  spooled(): Promise<string[]>
}

/** A pool on a store of its own, whose children crash at the pictures of `marked-jpeg.ts`. */
export async function createLab(t: Test, options: Partial<DecoderPoolOptions> = {}): Promise<Lab> {
  const folder = await createTestFolder(t)
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const url = `file://${join(folder, 'store')}`
  const store = await createObjectStore(url)
  const log: LogLine[] = []
  const childEnv = decoderEnvironment({
    ...process.env,
    STORE_URL: url,
    TMPDIR: temporary,
    NODE_OPTIONS: crashingDecoderOptions(),
  })
  const pool = createDecoderPool({
    size: 2,
    megapixelBudget: 100,
    childEnv,
    log: { warn: (fields, message) => log.push({ fields, message }) },
    ...options,
  })
  t.teardown(async () => {
    await pool.close()
    store.close()
  })
  return {
    pool,
    store,
    childEnv,
    log,
    spooled: () => readdir(temporary),
    async jobFor(picture, { heights = [50], ...job } = {}) {
      const imageId = uuidv7()
      await store.put(originalKey(imageId), picture, { bytes: picture.length, contentType: 'image/jpeg' })
      return {
        imageId,
        originalKey: originalKey(imageId),
        wants: heights.map(thumbnailName),
        maxPixels: 50_000_000,
        avifMaxPixels: 24_000_000,
        megapixels: 1,
        generation: uuidv7(),
        ...job,
      }
    },
  }
}

export async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
