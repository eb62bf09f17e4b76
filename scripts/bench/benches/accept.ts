import { createObjectStore } from '@tintype/object-store'
import type { Bench } from '../bench.ts'
import type { PutLoopFigures, PutLoopTask } from '../beside/put-loop.ts'
import { runBeside } from '../beside/run.ts'
import { writeUpload } from '../multipart.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'
import { describeShare, runLoad } from '../wrk.ts'

const CLIENTS = 16
/** What a generated JPEG of about 1 MB has. */
const MEGAPIXELS = 3

/** Uploads until they are answered with 202: in the store and committed. No worker runs. */
export const accept: Bench = {
  name: 'accept',
  goal: 'a gateway accepts 0.6 of what one process puts into the same store, p99 within 4 × p50',
  async run(context) {
    const product = await context.startProduct({ services: ['gateway'], store: 's3' })
    const { users } = await product.createUsers(CLIENTS)
    const picture = await context.pictures.jpeg(MEGAPIXELS)
    const upload = await writeUpload(picture)
    const seconds = context.quick ? 3 : 5
    const store = await createObjectStore(product.storeUrl)
    context.teardown(() => store.close())

    const uploads = () =>
      runLoad(context, {
        ...{ url: `${product.url}/v1/images`, connections: CLIENTS, seconds, method: 'POST', ...upload },
        tokens: users.map(({ client }) => client.accessToken ?? ''),
      })
    const task: PutLoopTask = { storeUrl: product.storeUrl, path: picture.path, atOnce: CLIENTS, seconds }
    /** The embedded S3 keeps what it holds in memory. */
    const emptied = async <T>(work: () => Promise<T>): Promise<T> => {
      const figures = await work()
      for (const prefix of ['originals/', 'bench/']) await store.deletePrefix(prefix)
      return figures
    }
    await emptied(uploads)
    const { ours, limit } = await alternate(context.rounds, {
      ours: () => emptied(uploads),
      limit: () => emptied(() => runBeside<PutLoopFigures>(context, 'put-loop', task)),
    })
    const p50Ms = ours.map((figures) => figures.p50Ms)
    return [
      resultOf({
        ...{ name: 'accept', unit: 'uploads/s' },
        ours: ours.map(({ requestsPerSecond }) => requestsPerSecond),
        beside: limit.map(({ putsPerSecond }) => putsPerSecond),
        goal: { of: 'ratio', atLeast: 0.6 },
        note: `beside: @aws-sdk/client-s3 in one process, as many at once; ${describeShare(ours)}`,
      }),
      resultOf({
        ...{ name: 'accept, p99', unit: 'ms', ours: ours.map(({ p99Ms }) => p99Ms), beside: p50Ms },
        goal: { of: 'ratio', atMost: 4 },
        note: 'beside: p50 of the same requests',
      }),
    ]
  },
}
