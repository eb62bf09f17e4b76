// In a process of its own: it takes parts of the product away.

import { openDatabase } from '@tintype/database'
import { createUser, type ImageBody, photo, poll, type Service, startStack } from '@tintype/testkit'
import t from 'tap'
import { age, imagesOf, objectsIn } from './objects.ts'

/** Nobody works until the end: what a killed gateway leaves can be seen. */
const stack = await startStack(t, { workers: 0 })
const { client } = await createUser(await stack.signInAsAdmin(), { tier: 'Basic' })
const { db, close } = openDatabase(stack.databaseUrl)
t.teardown(close)
const file = { filename: 'a.jpg', bytes: await photo({ width: 320, height: 240 }) }
let gateway: Service = stack.gateway

const originals = async () => (await objectsIn(stack.storeUrl)).originals
const usage = async () => (await client.get<{ usage: { images: number } }>('/v1/me')).body.usage.images

/** Sends a file, kills the gateway once `reached`, and starts another in its place. */
async function killWhen(reached: () => Promise<boolean>): Promise<void> {
  const upload = client.upload([file]).catch(() => undefined) // it ends with its connection
  await poll(reached)
  await gateway.kill('SIGKILL')
  await upload
}

async function startAgain(): Promise<void> {
  gateway = await stack.startGateway({ port: Number(new URL(stack.url).port) })
}

t.test('killed between the store and the commit: an object without a row', async (t) => {
  const held = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const transaction = db.transaction(async (tx) => {
    // Readers pass; a new row waits.
    await tx.execute('LOCK TABLE images IN SHARE MODE')
    held.resolve()
    await end.promise
  })
  await held.promise
  await killWhen(async () => (await originals()).length === 1)
  // PostgreSQL would still run what a client that is gone has asked for.
  await db.execute(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`)
  end.resolve()
  await transaction
  await startAgain()
  t.strictSame(await imagesOf(client), [])
  t.equal(await usage(), 0)
  t.equal((await originals()).length, 1)
})

t.test('killed between the commit and the job: a row without a job', async (t) => {
  await stack.redis.hang()
  await killWhen(async () => (await db.execute('SELECT 1 FROM images')).length === 1)
  // What it may have sent meanwhile is lost with the connection.
  await stack.redis.kill()
  await stack.redis.start()
  await startAgain()
  t.match(await imagesOf(client), [{ state: 'pending' }])
  t.equal(await usage(), 1)
})

t.test('both are found, and repaired', async (t) => {
  // As if so much time had passed.
  await age(stack.storeUrl, 2)
  await db.execute("UPDATE images SET progress_at = progress_at - interval '1 minute'")
  const [image] = (await imagesOf(client)) as [ImageBody]
  await stack.startWorker()
  t.equal((await client.waitUntilSettled(image.id)).state, 'ready')
  await poll(async () => (await originals()).length === 1, { timeoutMs: 30_000 })
  t.strictSame(await originals(), [image.id], 'the object that no row names is gone')
})
