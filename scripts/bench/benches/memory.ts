import { createReadStream } from 'node:fs'
import { copyFile, stat, truncate } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Bench, Context } from '../bench.ts'
import { multipartFrame } from '../multipart.ts'
import { insertOwner, insertPendingImages } from '../pending-images.ts'
import { highestWhile, residentMb, treeMb } from '../processes.ts'
import { type Result, resultOf } from '../results.ts'

const UPLOADS = 20
const UPLOAD_BYTES = 100_000_000
const MEGAPIXELS = 50
/** A user has eight under way at most. */
const USERS = 4

/** What large things cost: many bytes in the gateway, many pixels in the worker. */
export const memory: Bench = {
  name: 'memory',
  goal: 'twenty uploads of 100 MB at once cost the gateway below 64 MiB; 50 MP pictures the worker below 500 MiB',
  async run(context) {
    return [await measureGateway(context), await measureWorker(context)]
  },
}

async function measureGateway(context: Context): Promise<Result> {
  const product = await context.startProduct({ services: ['gateway'], store: 'file' })
  const { users } = await product.createUsers(USERS)
  // Whole in its header and padded to its length: what is counted is how bytes pass.
  const path = join(context.folder, 'large.jpg')
  await copyFile((await context.pictures.jpeg(3)).path, path)
  await truncate(path, UPLOAD_BYTES)
  const pid = product.processes.gateway?.pid ?? 0
  const send = (at: number) => upload(product.url, users[at % USERS]?.client.accessToken ?? '', path)
  await send(0)

  const grewMb: number[] = []
  for (let round = 0; round < (context.quick ? 1 : context.rounds); round += 1) {
    const before = await residentMb(pid)
    const count = context.quick ? 4 : UPLOADS
    const all = Promise.all(Array.from({ length: count }, (_, at) => send(at)))
    grewMb.push((await highestWhile(all, () => residentMb(pid))) - before)
  }
  return resultOf({
    ...{ name: `memory, ${UPLOADS} uploads of 100 MB`, unit: 'MiB more', ours: grewMb },
    goal: { of: 'ours', atMost: 64 },
    note: 'of the gateway’s process, from before them to the highest while they arrive',
  })
}

async function measureWorker(context: Context): Promise<Result> {
  const product = await context.startProduct({ services: ['worker'], store: 'file' })
  const ownerId = await insertOwner(product, { maxPixels: 100_000_000 })
  const count = context.quick ? 8 : 200
  const picture = await context.pictures.jpeg(MEGAPIXELS)
  const images = await insertPendingImages(product, ownerId, picture, count, context.teardown)
  const pid = product.processes.worker?.pid ?? 0
  const highest = await highestWhile(images.derive(), () => treeMb(pid))
  return resultOf({
    ...{ name: `memory, ${count} pictures of ${MEGAPIXELS} MP`, unit: 'MiB', ours: [highest] },
    goal: { of: 'ours', atMost: 500 },
    note: 'of the worker with its decoders, shared pages counted once',
  })
}

async function upload(origin: string, token: string, path: string): Promise<void> {
  const { contentType, head, tail } = multipartFrame()
  const { size } = await stat(path)
  const sent = request(`${origin}/v1/images`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': contentType,
      'content-length': head.length + size + tail.length,
    },
  })
  const answered = new Promise<number>((resolve, reject) => {
    sent.once('response', (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.once('error', reject)
  })
  await pipeline(async function* () {
    yield head
    yield* createReadStream(path)
    yield tail
  }, sent)
  const status = await answered
  if (status !== 202) throw new Error(`an upload was answered with ${status}`)
}
