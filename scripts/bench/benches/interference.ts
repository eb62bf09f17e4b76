import { setTimeout as delay } from 'node:timers/promises'
import { signIn } from '@tintype/testkit'
import type { Bench } from '../bench.ts'
import { writeUpload } from '../multipart.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { quantile } from '../statistics.ts'
import { runLoad } from '../wrk.ts'
import { untilNonePending } from './throughput.ts'

const CLIENTS = 8
const MEGAPIXELS = 6
/** Apart enough that asking is no load of its own. */
const PAUSE_MS = 10
/** The uploads that are under way before it is asked. */
const LEAD_SECONDS = 1

interface Latencies {
  p50Ms: number
  p99Ms: number
}

/** What somebody who only reads notices of others who upload, the worker on the same machine. */
export const interference: Bench = {
  name: 'interference',
  goal: 'under eight uploads without pause GET /v1/me takes at most 4 × what it takes idle, and p99 60 ms',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway', 'worker'], store: 'file' })
    const { users } = await product.createUsers(CLIENTS)
    const [reader] = users
    if (reader === undefined) throw new Error('there is no user')
    const upload = await writeUpload(await context.pictures.jpeg(MEGAPIXELS))
    const seconds = context.quick ? 3 : 8

    const ask = async (): Promise<Latencies> => {
      const client = await signIn(product.url, reader)
      const tookMs: number[] = []
      const deadline = performance.now() + seconds * 1000
      while (performance.now() < deadline) {
        const startedAt = performance.now()
        const { status } = await client.get('/v1/me')
        tookMs.push(performance.now() - startedAt)
        if (status !== 200) throw new Error(`GET /v1/me was answered with ${status}`)
        await delay(PAUSE_MS)
      }
      return { p50Ms: quantile(tookMs, 0.5), p99Ms: quantile(tookMs, 0.99) }
    }
    const askUnderUploads = async () => {
      const uploads = runLoad(context, {
        ...{ url: `${product.url}/v1/images`, connections: CLIENTS, method: 'POST', ...upload },
        seconds: seconds + 2 * LEAD_SECONDS,
        tokens: users.map(({ client }) => client.accessToken ?? ''),
      })
      const asked = delay(LEAD_SECONDS * 1000).then(ask)
      const [latencies] = await Promise.all([asked, uploads])
      await untilNonePending(product)
      return latencies
    }
    await ask()
    const { ours, idle } = await alternate(context.rounds, { ours: askUnderUploads, idle: ask })
    const note = 'beside: the same request while nobody uploads'
    return [
      resultOf({
        ...{ name: 'interference, p50', unit: 'ms', note },
        ...{ ours: ours.map(({ p50Ms }) => p50Ms), beside: idle.map(({ p50Ms }) => p50Ms) },
        goal: { of: 'ratio', atMost: 4 },
      }),
      resultOf({
        ...{ name: 'interference, p99', unit: 'ms', note },
        ...{ ours: ours.map(({ p99Ms }) => p99Ms), beside: idle.map(({ p99Ms }) => p99Ms) },
        goal: { of: 'ours', atMost: 60 },
      }),
    ]
  },
}
