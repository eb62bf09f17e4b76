import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createPendingImage, createTier, openDatabase } from '@tintype/database'
import { originalKey, type TierGrants, uuidv7 } from '@tintype/domain'
import { createProducer, PRODUCER_REDIS, type Producer } from '@tintype/jobs'
import { createObjectStore } from '@tintype/object-store'
import { Redis } from 'ioredis'
import sharp from 'sharp'
import type { Picture } from './pictures.ts'
import { type Product, unlimited } from './product.ts'

/** How often the database is asked whether the last image is ready: far apart beside what a round takes. */
const POLL_MS = 20

export interface PendingImages {
  ids: string[]
  /** Has them wait for workers that are not there. @returns what a job takes in Redis, in bytes. */
  queueUp(): Promise<number>
  /** Has all of them derived (again) by whatever workers there are. @returns seconds, from the first job until the last is ready. */
  derive(): Promise<number>
}

/** A user without a session, for benches that need no gateway. @returns the user's id. */
export async function insertOwner(product: Product, grants: Partial<TierGrants> = {}): Promise<string> {
  const database = openDatabase(product.databaseUrl)
  const name = `Bench ${Date.now()}`
  const made = await createTier(database, { ...unlimited(), ...grants, name, isDefault: false })
  await database.close()
  if (made.outcome !== 'saved') throw new Error(`a tier was not saved: ${made.outcome}`)
  const id = uuidv7()
  await product.sql`
    INSERT INTO users (id, username, password_hash, role, tier_id) VALUES (${id}, ${id}, '', 'user', ${made.tier.id})`
  return id
}

/** Stores one picture as many images, each with an original of its own, as if they had just been uploaded. */
export async function insertPendingImages(
  product: Product,
  ownerId: string,
  picture: Picture,
  count: number,
  teardown: (end: () => unknown) => void,
): Promise<PendingImages> {
  const { sql } = product
  const ids = Array.from({ length: count }, () => uuidv7())
  await storeOriginals(product, ownerId, picture, ids)
  const redis = new Redis(product.redisUrl, PRODUCER_REDIS)
  const producer = createProducer(redis)
  teardown(async () => {
    await producer.close()
    redis.disconnect()
  })
  await redis.ping().catch(() => delay(200)) // it queues nothing while it connects

  return {
    ids,
    async queueUp() {
      const before = await usedMemory(redis)
      await enqueue(producer, ids)
      const bytes = ((await usedMemory(redis)) - before) / count
      await redis.flushdb()
      return bytes
    },
    async derive() {
      await sql`DELETE FROM renditions WHERE image_id = ANY (${ids})`
      await sql`UPDATE images SET state = 'pending' WHERE id = ANY (${ids})`
      const startedAt = performance.now()
      await enqueue(producer, ids)
      await untilReady(product, ids)
      return (performance.now() - startedAt) / 1000
    },
  }
}

async function storeOriginals(
  product: Product,
  ownerId: string,
  picture: Picture,
  ids: string[],
): Promise<void> {
  const [database, store] = [openDatabase(product.databaseUrl), await createObjectStore(product.storeUrl)]
  const bytes = await readFile(picture.path)
  const { width, height } = await sharp(bytes).metadata()
  for (const id of ids) {
    await store.put(originalKey(id), bytes, { bytes: bytes.length, contentType: 'image/jpeg' })
    const created = await createPendingImage(database, {
      ...{ id, ownerId, title: '', filename: 'photo.jpg', sha256: '', format: 'jpeg' },
      ...{ width, height, bytes: bytes.length },
    })
    if (created.outcome !== 'created') throw new Error(`an image was not created: ${created.outcome}`)
  }
  store.close()
  await database.close()
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}

/** In pieces that Redis takes well within the producer's timeout. */
async function enqueue(producer: Producer, ids: string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += 200) {
    await producer.enqueueDerivations('thumbnails', ids.slice(from, from + 200))
  }
}

/** @throws when one of them fails. */
async function untilReady({ sql }: Product, ids: string[]): Promise<void> {
  for (;;) {
    const [row] = await sql<{ pending: number; failed: number }[]>`
      SELECT count(*) FILTER (WHERE state = 'pending')::integer AS pending,
        count(*) FILTER (WHERE state = 'failed')::integer AS failed
      FROM images WHERE id = ANY (${ids})`
    if (row?.failed !== 0) throw new Error(`${row?.failed} of the images failed`)
    if (row.pending === 0) return
    await delay(POLL_MS)
  }
}
