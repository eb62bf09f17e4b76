import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { originalKey } from '@tintype/domain'
import { createObjectStore } from '@tintype/object-store'
import type { Bench } from '../bench.ts'
import { forEach } from '../beside/task.ts'
import { insertManyImages } from '../many-images.ts'
import { highestWhile, residentMb } from '../processes.ts'
import type { Product } from '../product.ts'
import { resultOf } from '../results.ts'

const MEGAPIXELS = 0.3
const PUTS_AT_ONCE = 16

/** A tier gains a height that a great many pictures lack. */
export const growth: Bench = {
  name: 'growth',
  goal: 'the edit of a tier with 100,000 pictures is answered within 100 ms, and the worker stays as large as it was',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway', 'worker'], store: 'file' })
    const { tierId, users } = await product.createUsers(1)
    const [user] = users
    if (user === undefined) throw new Error('there is no user')
    const count = context.quick ? 10_000 : 100_000
    const seconds = context.quick ? 5 : 40
    context.say(`writing ${count} images …`)
    await insertManyImages(product, { ownerId: user.id, count, heights: [200, 400] })
    const { path } = await context.pictures.jpeg(MEGAPIXELS)
    await putOriginals(product, path, context.quick ? 1000 : 20_000)

    const pid = product.processes.worker?.pid ?? 0
    const admin = await product.signInAsAdmin()
    const heights = [200, 400]
    const edits: { answeredMs: number; grewMb: number; jobsPerSecond: number }[] = []
    for (let round = 0; round < context.rounds; round += 1) {
      heights.push(100 + round)
      const before = await residentMb(pid)
      const startedAt = performance.now()
      const { status } = await admin.patch(`/v1/admin/tiers/${tierId}`, { thumbnailHeights: heights })
      const answeredMs = performance.now() - startedAt
      if (status !== 200) throw new Error(`the edit was answered with ${status}`)
      const highest = await highestWhile(delay(seconds * 1000), () => residentMb(pid))
      const made = await countMade(product, `h${100 + round}`)
      edits.push({ answeredMs, grewMb: highest - before, jobsPerSecond: made / seconds })
    }
    return [
      resultOf({
        ...{ name: 'growth, edit', unit: 'ms', ours: edits.map(({ answeredMs }) => answeredMs) },
        goal: { of: 'ours', atMost: 100 },
        note: `a tier whose users have ${count} pictures gains a height; the first of ${context.rounds} edits meets an idle worker`,
      }),
      resultOf({
        ...{ name: 'growth, memory', unit: 'MiB more', ours: edits.map(({ grewMb }) => grewMb) },
        goal: { of: 'ours', atMost: 64 },
        note: 'of the worker’s own process, while it asks for them and makes them',
      }),
      resultOf({
        ...{ name: 'growth, jobs', unit: 'jobs/s', ours: edits.map(({ jobsPerSecond }) => jobsPerSecond) },
        note: `one height more, of pictures of ${MEGAPIXELS} MP`,
      }),
    ]
  },
}

/** Files for the images that come first: as many as are met in the time. */
async function putOriginals({ sql, storeUrl }: Product, path: string, count: number): Promise<void> {
  const store = await createObjectStore(storeUrl)
  const bytes = await readFile(path)
  const rows = await sql<{ id: string }[]>`SELECT id FROM images ORDER BY id LIMIT ${count}`
  await forEach(rows, PUTS_AT_ONCE, ({ id }) =>
    store.put(originalKey(id), bytes, { bytes: bytes.length, contentType: 'image/jpeg' }),
  )
  store.close()
}

async function countMade({ sql }: Product, name: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::integer AS count FROM renditions WHERE name = ${name} AND object_key IS NOT NULL`
  return row?.count ?? 0
}
