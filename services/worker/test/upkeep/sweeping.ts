import { renditionKey, uuidv7 } from '@tintype/domain'
import { createLogger } from '@tintype/service-kit'
import type { Bench } from '../bench.ts'

export const BYTES = Buffer.from('not read here')
export const PUT = { bytes: BYTES.length, contentType: 'image/jpeg' }

export const log = createLogger('worker', 'silent')
export const NO_JOBS = { renditions: {}, conversions: {}, avif: {}, maintenance: {}, webhooks: {} }
export const QUIET = { countJobs: async () => NO_JOBS }

/** An original, its row, and a rendition as a derivation leaves it. */
export async function addDerived(bench: Bench): Promise<{ id: string; key: string }> {
  const id = await bench.addImage(BYTES)
  const key = renditionKey(id, 'h200', uuidv7(), 'jpg')
  await bench.store.put(key, BYTES, PUT)
  await bench.query(`
    INSERT INTO renditions (image_id, name, object_key, format, width, height, bytes)
    VALUES ('${id}', 'h200', '${key}', 'jpeg', 1, 1, 1)`)
  return { id, key }
}
