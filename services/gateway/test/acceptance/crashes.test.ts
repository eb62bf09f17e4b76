// In a process of its own: it takes parts of the product away.

import { readFileSync } from 'node:fs'
import {
  type Client,
  crashingDecoderOptions,
  crashingJpeg,
  type ImageBody,
  photo,
  poll,
  type Service,
  startStack,
} from '@tintype/testkit'
import t from 'tap'
import {
  age,
  countObjects,
  createUserWithoutConversions,
  imagesOf,
  leaveBehind,
  objectsOf,
} from './objects.ts'

const BATCH = 50
/** So many that a worker has something left when three are done. */
const SMALL_BATCH = 30
/** From a start to the last picture, with the time it takes to notice that a worker is gone. */
const RECOVERY_MS = 60_000

// Nothing but a picture with a mark in it makes this worker's decoders crash.
const crashing = { env: { NODE_OPTIONS: crashingDecoderOptions() } }
const stack = await startStack(t, { workers: 0 })
const admin = await stack.signInAsAdmin()
const picture = await photo({ width: 1600, height: 1200 })

/** Everybody who has pictures. */
const people: Client[] = []

async function newUser(): Promise<Client> {
  const { client } = await createUserWithoutConversions(admin)
  people.push(client)
  return client
}

async function uploadBatch(count = BATCH): Promise<Client> {
  const client = await newUser()
  const files = Array.from({ length: count }, (_, index) => ({ filename: `${index}.jpg`, bytes: picture }))
  const answer = await client.upload(files)
  if (answer.status !== 202) throw new Error(`the batch was answered with ${answer.status}`)
  return client
}

/** A worker that finds a batch waiting for it. */
async function workerWithBatch(count = BATCH): Promise<{ worker: Service; client: Client }> {
  await Promise.all(runningWorkers().map((worker) => worker.kill()))
  const client = await uploadBatch(count)
  return { worker: await stack.startWorker(crashing), client }
}

const runningWorkers = () => stack.workers.filter((worker) => worker.running())

const inState = async (client: Client, state: ImageBody['state']) =>
  (await imagesOf(client)).filter((image) => image.state === state)

/** The decoders of a worker: its child processes (proc_pid_children(5)). */
function decodersOf({ pid }: Service): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

t.test('a worker that is killed in the middle of a batch', async (t) => {
  const { worker, client } = await workerWithBatch()
  await poll(async () => (await inState(client, 'ready')).length >= 5, { timeoutMs: 30_000 })
  await worker.kill('SIGKILL')
  t.ok((await inState(client, 'pending')).length > 0, 'there was work left')

  await stack.startWorker(crashing)
  await poll(async () => (await inState(client, 'ready')).length === BATCH, { timeoutMs: RECOVERY_MS })
  t.equal((await inState(client, 'ready')).length, BATCH, 'all are ready')
})

t.test('decoders that are killed in the middle of a batch', async (t) => {
  const { worker, client } = await workerWithBatch()
  for (const ready of [5, 20]) {
    await poll(async () => (await inState(client, 'ready')).length >= ready, { timeoutMs: 30_000 })
    const [decoder] = decodersOf(worker)
    if (decoder === undefined) return t.fail('the worker has no decoder')
    process.kill(decoder, 'SIGKILL')
    t.ok((await inState(client, 'pending')).length > 0, 'there was work left')
  }
  await poll(async () => (await inState(client, 'ready')).length === BATCH, { timeoutMs: RECOVERY_MS })
  t.equal((await inState(client, 'ready')).length, BATCH, 'all are ready')
  t.ok(worker.running(), 'the worker went on')
})

t.test('a picture at which every decoder dies', async (t) => {
  const client = await newUser()
  const small = await photo({ width: 64, height: 48 })
  const poison = await client.uploadOne({ filename: 'poison.jpg', bytes: await crashingJpeg() })
  const others = await client.upload(
    Array.from({ length: 6 }, () => ({ filename: 'sound.jpg', bytes: small })),
  )
  for (const { image } of others.body.items) {
    t.equal((await client.waitUntilSettled(image?.id ?? '')).state, 'ready')
  }
  const given = await client.waitUntilSettled(poison.id)
  t.match(given, { state: 'failed', error: { code: 'TT_DECODER_CRASHED', message: /three times/ } })
  const worker = stack.workers.at(-1) as Service
  const crashes = worker.logs.filter((line) => line.imageId === poison.id && line.outcome === 'crashed')
  t.equal(crashes.length, 3, 'after three attempts')
  t.equal((await client.get(`/v1/images/${poison.id}/thumbnails/200`)).status, 422)
})

t.test('after the sweeps the store holds exactly what there is', async (t) => {
  const images = (await Promise.all(people.map(imagesOf))).flat()
  t.equal(images.length, 2 * BATCH + 7)
  const named = JSON.stringify(objectsOf(images))
  await leaveBehind(stack.storeUrl, images[0]?.id ?? '')
  t.not(JSON.stringify(await countObjects(stack.storeUrl)), named, 'there is something to sweep')
  // What was begun and not ended is old enough to go, once two hours have passed; an emptied Redis has every sweep run at once.
  await age(stack.storeUrl, 2)
  await stack.redis.flush()
  await stack.startWorker()
  await poll(async () => JSON.stringify(await countObjects(stack.storeUrl)) === named).catch(() => {})
  t.equal(JSON.stringify(await countObjects(stack.storeUrl)), named, 'nothing more, nothing less')
})

t.test('two workers share the jobs', async (t) => {
  const before = runningWorkers()
  t.equal(before.length, 2)
  const client = await uploadBatch(SMALL_BATCH)
  await poll(async () => (await inState(client, 'ready')).length === SMALL_BATCH, { timeoutMs: RECOVERY_MS })
  for (const worker of before) {
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    const published = /tintype_derivations_total\{.*outcome="published".*\} (\d+)/.exec(metrics)?.[1]
    t.ok(Number(published) > 0, `one made ${published}`)
  }
})

t.test('each service ends in order when it is told to', async (t) => {
  const { worker, client } = await workerWithBatch(SMALL_BATCH)
  await poll(async () => (await inState(client, 'ready')).length >= 3, { timeoutMs: 30_000 })
  t.match(await worker.kill('SIGTERM'), { code: 0 }, 'worker')
  t.ok((await inState(client, 'pending')).length > 0, 'in the middle of their work')
  t.strictSame(
    (await imagesOf(client)).filter((image) => image.state === 'failed'),
    [],
    'which is nobody’s fault',
  )
  await stack.startWorker()
  await poll(async () => (await inState(client, 'ready')).length === SMALL_BATCH, { timeoutMs: RECOVERY_MS })
  t.match(await stack.links.kill('SIGTERM'), { code: 0 }, 'links')
  t.match(await stack.gateway.kill('SIGTERM'), { code: 0 }, 'gateway')
})
