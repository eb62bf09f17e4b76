import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createWebhook, listDeliveries, queueTestDelivery } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { photo, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, openProducer, startWorker } from './worker-process.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

t.test('health and metrics', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const worker = await startWorker(t, bench, redis)
  const id = await bench.addImage(await photo())
  await producer.enqueueRenditions(id)
  await eventually(async () => (await bench.image(id))?.state === 'ready')

  t.same(await (await fetch(`${worker.url}/healthz`)).json(), { status: 'ok' })
  t.same(await (await fetch(`${worker.url}/readyz`)).json(), {
    status: 'ready',
    dependencies: { postgres: 'ok', redis: 'ok', store: 'ok' },
  })
  const metrics = await eventually(async () => {
    const text = await (await fetch(`${worker.url}/metrics`)).text()
    // The row is ready a moment before the job is counted.
    return /^tintype_derivations_total\{lane="thumbnails",outcome="published",.*\} 1$/m.test(text) && text
  })
  t.match(metrics, /^tintype_derivation_duration_seconds_count\{service="worker",lane="thumbnails"\} 1$/m)
  t.match(metrics, /^tintype_queue_jobs\{queue="renditions",state="waiting",service="worker"\} 0$/m)
  t.match(metrics, /^tintype_decoder_children\{lane="thumbnails",state="idle",service="worker"\} 1$/m)
  t.match(metrics, /^tintype_decoder_crashes_total\{lane="avif",reason="timeout",service="worker"\} 0$/m)

  await redis.stop()
  const withoutRedis = await fetch(`${worker.url}/metrics`)
  t.equal(withoutRedis.status, 200)
  t.notMatch(await withoutRedis.text(), /^tintype_queue_jobs\{/m)
})

t.test('a wrong configuration is told whole', async (t) => {
  const env = { PATH: process.env.PATH, WORKER_CONCURRENCY: 'many', REDIS_URL: 'http://here' }
  const run = promisify(execFile)(process.execPath, [main], { env })
  const { code, stderr } = await run.then(
    () => ({ code: 0, stderr: '' }),
    (error: { code: number; stderr: string }) => error,
  )
  t.equal(code, 78)
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'STORE_URL', 'WORKER_CONCURRENCY']) t.match(stderr, name)
})

t.test('--help prints every variable', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--help'], { env: {} })
  for (const name of [
    'DATABASE_URL',
    'STORE_URL',
    'DECODE_TIMEOUT_SECONDS',
    'ORPHAN_MIN_AGE_SECONDS',
    'PORT',
  ]) {
    t.match(stdout, name)
  }
})

t.test('a worker for webhooks alone leaves pictures to others', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const named = { userId: bench.ownerId, webhookId: uuidv7() }
  const fields = { url: 'http://127.0.0.1/', description: '', secret: '', types: ['image.ready' as const] }
  await createWebhook(bench.database, { ...fields, id: named.webhookId, userId: named.userId }, 1)
  await startWorker(t, bench, redis, { env: { WORKER_TASKS: 'webhooks' } })
  await producer.enqueueRenditions(await bench.addImage(await photo()))
  await queueTestDelivery(bench.database, named)
  await eventually(async () => {
    const [delivery] = (await listDeliveries(bench.database, named, { limit: 1 })) ?? []
    return delivery?.lastFailure === 'secret-unreadable'
  })
  const { prioritized, waiting, active, completed } = (await producer.countJobs()).renditions
  t.same([prioritized, waiting, active, completed], [1, 0, 0, 0])
  t.match((await producer.countJobs()).maintenance, { active: 0, completed: 0 })
})
