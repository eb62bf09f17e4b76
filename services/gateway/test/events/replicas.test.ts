import { uuidv7 } from '@tintype/domain'
import { createClient, poll, type Scope } from '@tintype/testkit'
import t from 'tap'
import { readEvents, told } from './read-events.ts'
import { openReplicas } from './replicas.ts'

const shared = openReplicas(t)

/** Two replicas of the gateway, and a person who is signed in. */
async function openTwo(t: Scope) {
  const replicas = await shared
  const [one, other] = [await replicas.start(t), await replicas.start(t)]
  const user = await replicas.makeUser()
  return { replicas, one, other, user, token: await one.signIn(user) }
}

t.test('what is changed through one replica is told by the other', async (t) => {
  const { replicas, one, other, user, token } = await openTwo(t)
  const client = createClient(one.url, token)
  const stream = await readEvents(t, other.url, { token })
  const id = await replicas.addImage(user)
  await stream.images(1)
  const latencies: number[] = []
  for (let round = 1; round <= 30; round++) {
    const startedAt = performance.now()
    await client.patch(`/v1/images/${id}`, { title: `Title ${round}` })
    const answeredAt = performance.now()
    const seen = (await stream.images(round + 1)).at(-1)
    t.equal(seen?.event, 'image.changed')
    latencies.push((seen?.readAt ?? Number.NaN) - answeredAt)
    if (round === 30) t.comment(`the last one took ${Math.round(answeredAt - startedAt)} ms to be answered`)
  }
  const median = latencies.sort((a, b) => a - b)[15] ?? Number.NaN
  t.comment(`from the answer of one to the event at the other: ${Math.round(median)} ms at the median`)
})

t.test('it is told also while Redis is away', async (t) => {
  const { replicas, one, other, user, token } = await openTwo(t)
  const stream = await readEvents(t, other.url, { token })
  await replicas.redis.stop()
  t.teardown(() => replicas.redis.start())
  const id = await replicas.addImage(user)
  await createClient(one.url, token).patch(`/v1/images/${id}`, { title: 'Another' })
  t.strictSame((await stream.images(2)).map(told), [`image.created ${id}`, `image.changed ${id}`])
})

t.test('whatever is committed when, and wherever a client is, it gets everything once', async (t) => {
  const { replicas, one, other, user, token } = await openTwo(t)
  const { database } = replicas
  const steady = await readEvents(t, one.url, { token })
  let stream = await readEvents(t, other.url, { token })
  const seen: string[] = []
  const ids: string[] = []
  const total = 240
  let isWriting = true

  /** Holds some of its transactions open while others commit. */
  async function write(writer: number): Promise<void> {
    for (let n = 0; n < total / 8; n++) {
      const isHeld = (writer + n) % 5 === 0
      await database.db.transaction(async (tx) => {
        const id = uuidv7()
        // Not as an upload, which has others of the same user wait.
        await tx.execute(`
          INSERT INTO images (id, owner_id, title, filename, sha256, format, width, height, bytes)
          VALUES ('${id}', '${user.id}', '', '', '', 'jpeg', 1, 1, 1)`)
        if (isHeld) await tx.execute('SELECT pg_sleep(0.15)')
        ids.push(id)
      })
    }
  }
  /** Goes away and comes back, by turns to each replica, while it is written. */
  async function comeAndGo(): Promise<void> {
    for (let turn = 0; isWriting; turn++) {
      await poll(() => stream.events.length > 1 || !isWriting, { everyMs: 5 })
      stream.close()
      await stream.ended
      seen.push(...stream.events.filter(({ event }) => event !== 'hello').map(told))
      const { url } = turn % 2 === 0 ? one : other
      stream = await readEvents(t, url, { token, headers: { 'last-event-id': stream.lastId } })
    }
  }
  const writing = Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer))).finally(() => {
    isWriting = false
  })
  await Promise.all([writing, comeAndGo()])
  const wanted = ids.map((id) => `image.created ${id}`).sort()
  t.equal(wanted.length, total)
  t.strictSame((await steady.images(total)).map(told).sort(), wanted, 'who stays')
  await poll(() => stream.events.length - 1 + seen.length >= total)
  seen.push(...stream.events.filter(({ event }) => event !== 'hello').map(told))
  t.strictSame(seen.toSorted(), wanted, 'who comes and goes')
  t.strictSame(seen, (await steady.images(total)).map(told), 'in the same order')
})

t.test('what is announced is read for at once', async (t) => {
  const { replicas, one, user, token } = await openTwo(t)
  // It reads for announcements alone.
  const patient = await replicas.start(t, { pollMs: 600_000 })
  const client = createClient(one.url, token)
  const [first, second, third] = [
    await replicas.addImage(user),
    await replicas.addImage(user),
    await replicas.addImage(user),
  ]
  const stream = await readEvents(t, patient.url, { token })
  await poll(() => stream.lastId !== '')
  const isTold = (what: string) => stream.events.map(told).includes(what)
  // It may be listening only a moment after it answers.
  await poll(async () => {
    await client.patch(`/v1/images/${first}`, { title: uuidv7() })
    return isTold(`image.changed ${first}`)
  })
  await client.delete(`/v1/images/${first}`)
  t.ok(await poll(() => isTold(`image.deleted ${first}`)))
  await client.post('/v1/images/delete', { ids: [second, third] })
  t.ok(await poll(() => isTold(`image.deleted ${third}`)))
})
