import { setTimeout as delay } from 'node:timers/promises'
import type { Bench, Context } from '../bench.ts'
import { writeUpload } from '../multipart.ts'
import type { Product } from '../product.ts'
import { type Result, resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { describeShare, type LoadFigures, runLoad } from '../wrk.ts'

const CLIENTS = 8
const POLL_MS = 50
/**
 * Uploads a second of a service that makes its thumbnails inside the request (two
 * processes, Pillow, 200 and 400 px), measured on another day on a machine of two such cores.
 */
const IN_REQUEST: Record<number, number> = { 6: 13.8, 12: 7 }

interface Round {
  perSecond: number
  load: LoadFigures
}

/** Everything at once, on all cores: uploads by eight clients until the last of them is ready. */
export const throughput: Bench = {
  name: 'throughput',
  goal: 'four times the uploads of a service that makes thumbnails inside the request',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway', 'worker', 'links'], store: 'file' })
    const { users } = await product.createUsers(CLIENTS)
    const tokens = users.map(({ client }) => client.accessToken ?? '')
    const results: Result[] = []
    for (const megapixels of [6, 12]) results.push(await measure(context, product, tokens, megapixels))
    return results
  },
}

async function measure(
  context: Context,
  product: Product,
  tokens: string[],
  megapixels: number,
): Promise<Result> {
  const picture = await context.pictures.jpeg(megapixels)
  const upload = await writeUpload(picture)
  const url = `${product.url}/v1/images`
  const seconds = context.quick ? 3 : 8
  const round = async (): Promise<Round> => {
    const before = await countImages(product)
    const startedAt = performance.now()
    const load = await runLoad(context, {
      url,
      connections: CLIENTS,
      seconds,
      method: 'POST',
      tokens,
      ...upload,
    })
    await untilNonePending(product)
    const took = (performance.now() - startedAt) / 1000
    return { perSecond: ((await countImages(product)) - before) / took, load }
  }
  await round()
  const { ours } = await alternate(context.rounds, { ours: round })
  const inRequest = IN_REQUEST[megapixels]
  return resultOf({
    ...{ name: `throughput ${picture.name}`, unit: 'images/s', ours: ours.map(({ perSecond }) => perSecond) },
    ...(inRequest !== undefined && { beside: [inRequest], goal: { of: 'ratio', atLeast: 4 } }),
    note: `beside: thumbnails inside the request, as recorded on such a machine; ${describeShare(ours.map(({ load }) => load))}`,
  })
}

/** All uploads are derived: what is measured next has the machine for itself. @throws when one has failed. */
export async function untilNonePending({ sql }: Product): Promise<void> {
  for (;;) {
    const [row] = await sql<{ pending: number; failed: number }[]>`
      SELECT count(*) FILTER (WHERE state = 'pending')::integer AS pending,
        count(*) FILTER (WHERE state = 'failed')::integer AS failed
      FROM images WHERE state IN ('pending', 'failed')`
    if (row === undefined || row.failed > 0) throw new Error(`${row?.failed} images failed`)
    if (row.pending === 0) return
    await delay(POLL_MS)
  }
}

async function countImages({ sql }: Product): Promise<number> {
  const [row] = await sql<{ count: number }[]>`SELECT count(*)::integer AS count FROM images`
  return row?.count ?? 0
}
