import { signIn, type TestUser } from '@tintype/testkit'
import type { Bench, Context } from '../bench.ts'
import { insertManyImages } from '../many-images.ts'
import type { Product } from '../product.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { runLoad } from '../wrk.ts'

const PAGE = 100
/** Enough that what a gateway asks at its own start does not show. */
const COUNTED_REQUESTS = 400
/** Of every request: who asks. */
const QUERIES_TO_AUTHENTICATE = 1

/** The first page of a very long list, and the last one. */
export const list: Bench = {
  name: 'list',
  goal: 'the last page of a million images takes at most 1.3 × what the first one takes; two queries each',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway'], store: 'file' })
    const { users } = await product.createUsers(1)
    const [user] = users
    if (user === undefined) throw new Error('there is no user')
    const count = context.quick ? 20_000 : 1_000_000
    context.say(`writing ${count} images …`)
    await insertManyImages(product, { ownerId: user.id, count, heights: [200, 400] })
    await product.sql`VACUUM images, renditions`

    const [last] = await product.sql<{ id: string }[]>`
      SELECT id FROM images WHERE owner_id = ${user.id} ORDER BY id OFFSET ${PAGE} LIMIT 1`
    const first = `${product.url}/v1/images?limit=${PAGE}`
    const load = async (url: string) => {
      const { accessToken = '' } = await signIn(product.url, user)
      const seconds = context.quick ? 2 : 5
      return (await runLoad(context, { url, connections: 1, seconds, tokens: [accessToken] })).p50Ms
    }
    await load(first)
    const figures = await alternate(context.rounds, {
      last: () => load(`${first}&cursor=${last?.id}`),
      first: () => load(first),
    })
    return [
      resultOf({
        ...{ name: `list, page ${count / PAGE}`, unit: 'ms', ours: figures.last, beside: figures.first },
        goal: { of: 'ratio', atMost: 1.3 },
        note: `beside: page 1 of ${count} images, ${PAGE} a page`,
      }),
      resultOf({
        ...{ name: 'list, queries', unit: 'queries' },
        ours: [await countQueries(context, product, user, first)],
        goal: { of: 'ours', atMost: 2 },
        note: 'of a page, beside the one that finds who asks',
      }),
      resultOf({
        ...{ name: 'list, size', unit: 'bytes', ours: [(await bytesOfTables(product)) / count] },
        note: 'an image in PostgreSQL: its row, two renditions, their indexes',
      }),
    ]
  },
}

/** Statements of a page, by PostgreSQL's own count: a connection has told all of its own when it has ended. */
async function countQueries(
  context: Context,
  product: Product,
  user: TestUser,
  url: string,
): Promise<number> {
  const transactionsOf = async (requests: number) => {
    const before = await transactions(product)
    await product.start('gateway')
    const client = await signIn(product.url, user)
    for (let at = 0; at < requests; at += 1) await client.get(url)
    await product.processes.gateway?.stop()
    return (await transactions(product)) - before
  }
  await product.processes.gateway?.stop()
  const requests = context.quick ? COUNTED_REQUESTS / 4 : COUNTED_REQUESTS
  const each = ((await transactionsOf(requests)) - (await transactionsOf(0))) / requests
  return Number((each - QUERIES_TO_AUTHENTICATE).toFixed(1))
}

async function transactions({ sql }: Product): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT (xact_commit + xact_rollback)::integer AS count FROM pg_stat_database WHERE datname = current_database()`
  return row?.count ?? 0
}

async function bytesOfTables({ sql }: Product): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    SELECT (pg_total_relation_size('images') + pg_total_relation_size('renditions'))::float8 AS bytes`
  return row?.bytes ?? 0
}
