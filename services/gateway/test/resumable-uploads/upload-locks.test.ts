import { PRODUCER_REDIS } from '@tintype/jobs'
import { connectRedis, createLogger, disconnectRedis } from '@tintype/service-kit'
import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { createUploadLocks } from '../../src/resumable-uploads/upload-locks.ts'

t.test('the lock of an upload', async (t) => {
  const server = await startTestRedis(t)
  const log = createLogger('gateway', 'silent')
  const redis = connectRedis(server.url, PRODUCER_REDIS, log)
  t.teardown(() => disconnectRedis(redis))
  await poll(() => redis.status === 'ready')
  const lockOf = createUploadLocks(redis, log)
  const { signal } = new AbortController()
  const never = () => t.fail('nobody waits')

  t.test('is one holder’s, who is asked to let go', async (t) => {
    const [first, second, other] = [lockOf('a'), lockOf('a'), lockOf('b')]
    const wanted = Promise.withResolvers<void>()
    await first.take(signal, wanted.resolve)
    await other.take(signal, never)
    let isTaken = false
    const taken = second.take(signal, never).then(() => {
      isTaken = true
    })
    await wanted.promise
    t.notOk(isTaken)
    await first.release()
    await taken
    await first.release()
    t.ok(await redis.exists('upload-lock:a'), 'who has let go takes it from nobody')
    await Promise.all([second.release(), other.release()])
    t.strictSame(await redis.keys('upload-lock:*'), [], 'nothing is left')
  })

  t.test('is renewed, and free when its holder is dead', async () => {
    const [alive, next] = [lockOf('c'), lockOf('c')]
    await alive.take(signal, () => {})
    await redis.pexpire('upload-lock:c', 4000)
    await poll(async () => (await redis.pttl('upload-lock:c')) > 4000)
    await alive.release()
    // As one leaves it that died a lease ago, but for a moment.
    await redis.set('upload-lock:c', 'a dead gateway’s', 'PX', 300)
    await next.take(signal, never)
    await next.release()
  })

  t.test('is waited for no longer than somebody waits for the answer', async (t) => {
    const holder = lockOf('d')
    await holder.take(signal, () => {})
    await t.rejects(lockOf('d').take(AbortSignal.abort(), never), { code: 'TT_UPLOAD_LOCKED' })
    await holder.release()
  })

  t.test('holds up nobody without Redis', async () => {
    const holder = lockOf('e')
    await holder.take(signal, never)
    await server.stop()
    await lockOf('e').take(signal, never)
    await holder.release()
  })
})
