// In a process of its own: it waits for one attempt after the other.

import { FAILURES } from '@tintype/domain'
import {
  crashingDecoderOptions,
  crashingJpeg,
  hangingJpeg,
  hungryJpeg,
  photo,
  startTestRedis,
  truncatedJpeg,
} from '@tintype/testkit'
import t from 'tap'
import { openBench } from './bench.ts'
import { eventually, openProducer, startWorker } from './worker-process.ts'

t.test('pictures that crash, hang or swell their decoder fail while others go on', async (t) => {
  const bench = await openBench(t)
  const redis = await startTestRedis(t)
  const producer = await openProducer(t, redis)
  const worker = await startWorker(t, bench, redis, {
    env: {
      NODE_OPTIONS: crashingDecoderOptions(),
      DECODE_TIMEOUT_SECONDS: '5',
      DECODE_MAX_MEMORY_MB: '400',
    },
  })
  const { pid } = worker
  const poison: string[] = []
  const sound: string[] = []
  const bytes = await photo()
  for (const make of [crashingJpeg, hangingJpeg, hungryJpeg]) {
    poison.push(await bench.addImage(await make()))
    for (let count = 0; count < 3; count += 1) sound.push(await bench.addImage(bytes))
  }
  const damaged = await bench.addImage(await truncatedJpeg())
  for (const id of await bench.inState('pending')) await producer.enqueueRenditions(id)

  await eventually(async () => (await bench.inState('pending')).length === 0, 60_000)

  t.same(await bench.inState('ready'), sound.sort())
  for (const id of poison) {
    t.match(await bench.image(id), {
      state: 'failed',
      failureCode: 'TT_DECODER_CRASHED',
      failureMessage: FAILURES.TT_DECODER_CRASHED,
    })
    t.equal(
      worker.logs.filter((line) => line.imageId === id && line.outcome === 'crashed').length,
      3,
      'after three attempts',
    )
  }
  t.match(await bench.image(damaged), { state: 'failed', failureCode: 'TT_IMAGE_CORRUPT' })
  t.same(await bench.keysInStore(), await bench.keysInRows())
  t.ok(worker.running())
  t.equal(worker.pid, pid)
  await eventually(async () => (await producer.countJobs()).renditions.active === 0)
  const { failed, delayed, waiting } = (await producer.countJobs()).renditions
  t.same({ failed, delayed, waiting }, { failed: 0, delayed: 0, waiting: 0 }, 'bad pictures fail no job')
})
