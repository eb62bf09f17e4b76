import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@tintype/testkit'
import type { Bench } from '../bench.ts'
import type { DeriveOnceTask } from '../beside/derive-once.ts'
import { runBeside } from '../beside/run.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { quantile } from '../statistics.ts'

const MEGAPIXELS = 6
/** Well below what is measured, and little beside what the services do. */
const POLL_MS = 4

/** One person, one picture, nothing else to do. */
export const ready: Bench = {
  name: 'ready',
  goal: 'a picture is ready within 80 ms of what sharp alone takes for it',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway', 'worker'], store: 'file' })
    const { users } = await product.createUsers(1)
    const [user] = users
    if (user === undefined) throw new Error('there is no user')
    const picture = await context.pictures.jpeg(MEGAPIXELS)
    const bytes = await readFile(picture.path)
    const times = context.quick ? 3 : 10
    const task: DeriveOnceTask = { path: picture.path, times }

    const upload = () => millisecondsUntilReady(user.client, bytes)
    await upload()
    const { ours, limit } = await alternate(context.rounds, {
      async ours() {
        const tookMs: number[] = []
        for (let at = 0; at < times; at += 1) tookMs.push(await upload())
        return quantile(tookMs, 0.5)
      },
      async limit() {
        const { tookMs } = await runBeside<{ tookMs: number[] }>(context, 'derive-once', task)
        return quantile(tookMs, 0.5)
      },
    })
    return [
      resultOf({
        ...{ name: `ready ${picture.name}`, unit: 'ms', ours, beside: limit },
        goal: { of: 'difference', atMost: 80 },
        note: 'beside: sharp alone on the file; ours from the first byte sent until the API says ready',
      }),
    ]
  },
}

async function millisecondsUntilReady(client: Client, bytes: Uint8Array): Promise<number> {
  const startedAt = performance.now()
  const { id } = await client.uploadOne({ filename: 'photo.jpg', bytes })
  for (;;) {
    const { body } = await client.get<{ state: string }>(`/v1/images/${id}`)
    if (body.state === 'ready') return performance.now() - startedAt
    if (body.state !== 'pending') throw new Error(`the image is ${body.state}`)
    await delay(POLL_MS)
  }
}
