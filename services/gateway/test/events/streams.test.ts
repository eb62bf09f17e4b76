import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Database, markDeleting, type User, updateUser } from '@tintype/database'
import { ACCESS_COOKIE } from '@tintype/service-kit'
import { createClient, poll, type Scope } from '@tintype/testkit'
import t from 'tap'
import { MAX_STREAMS_PER_USER } from '../../src/events/connections.ts'
import { readEvents, told } from './read-events.ts'
import { openReplicas, type ReplicaOptions } from './replicas.ts'

const OFTEN = { heartbeatMs: 50 }

const shared = openReplicas(t)

async function open(t: Scope, options: ReplicaOptions = {}) {
  const replicas = await shared
  const replica = await replicas.start(t, options)
  const user = await replicas.makeUser()
  return { ...replicas, ...replica, user, token: await replica.signIn(user) }
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'm').exec(text)?.[1])
}

/** A client that reads nothing after the first bytes: the kernel's buffers fill, then the server's. */
async function openUnread(t: Scope, url: string, token: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(`GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n\r\n`)
  await once(socket, 'readable')
  return socket
}

/** Events of 20 kB. */
async function fill({ db }: Database, { id }: User, count: number): Promise<void> {
  await db.execute(`
    INSERT INTO events (owner_id, image_id, type, detail)
    SELECT '${id}', gen_random_uuid(), 'image.changed', jsonb_build_object('state', 'failed', 'code', 'x',
      'message', repeat('x', 20000)) FROM generate_series(1, ${count})`)
}

t.test('people see their own images’ events, and administrators everybody’s who ask', async (t) => {
  const stage = await open(t)
  const { url, user, token, database } = stage
  const [other, auditor] = [await stage.makeUser(), await stage.makeUser('auditor')]
  const own = await readEvents(t, url, { token })
  const all = await readEvents(t, url, { token: await stage.signIn(auditor), query: '?all=true' })
  const theirs = await readEvents(t, url, { token: await stage.signIn(auditor) })

  t.equal(own.status, 200)
  t.match(Object.fromEntries(own.headers), {
    'content-type': /^text\/event-stream/,
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
    'x-request-id': /./,
  })
  const foreign = await stage.addImage(other)
  const mine = await stage.addImage(user)
  await markDeleting(database, user.id, mine)
  const seen = await own.images(2)
  t.strictSame(seen.map(told), [`image.created ${mine}`, `image.deleted ${mine}`])
  const [created] = seen
  t.match(created, {
    id: /^\d+-\d+$/,
    data: { id: created?.id, type: 'image.created', imageId: mine, state: 'pending', owner: undefined },
  })
  t.match(created?.data.at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  t.strictSame(
    (await all.images(3)).map(({ event, data }) => [event, data.imageId, data.owner]),
    [
      ['image.created', foreign, { id: other.id }],
      ['image.created', mine, { id: user.id }],
      ['image.deleted', mine, { id: user.id }],
    ],
  )
  t.strictSame(
    theirs.events.map(({ event }) => event),
    ['hello'],
  )

  const refused = async (asker: string | undefined, query: string, headers = {}) => {
    const client = createClient(url, asker)
    const { status, body } = await client.get<{ code: string }>(`/v1/events${query}`, { headers })
    return [status, body.code]
  }
  t.strictSame(await refused(token, '?all=true'), [403, 'TT_FORBIDDEN'])
  t.strictSame(await refused(undefined, ''), [401, 'TT_UNAUTHORIZED'])
  for (const id of ['x', '1', '1-', '-1', '1-2-3', '99999999999999999999-1', '1-9999999999999999', '1 -1']) {
    t.strictSame(await refused(token, `?lastEventId=${id}`), [400, 'TT_BAD_EVENT_ID'], id)
    t.strictSame(await refused(token, '', { 'last-event-id': id }), [400, 'TT_BAD_EVENT_ID'], id)
  }
})

t.test('who comes back gets what happened meanwhile, once and in order', async (t) => {
  const stage = await open(t)
  const { url, user, token } = stage
  const first = await readEvents(t, url, { token })
  await poll(() => first.lastId !== '')
  const hello = first.lastId
  first.close()
  // More than one page, beside as many of somebody else's.
  const ids: string[] = []
  const other = await stage.makeUser()
  for (let n = 0; n < 12; n++) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        ids.push(await stage.addImage(user))
      }),
    )
    await stage.addImage(other)
  }
  const again = await readEvents(t, url, { token, headers: { 'last-event-id': hello } })
  const missed = await again.images(600)
  t.strictSame(missed.map(({ data }) => data.imageId).sort(), ids.toSorted())
  const later = await stage.addImage(user)
  t.equal((await again.images(601)).at(-1)?.data.imageId, later)

  const middle = missed[599]?.id ?? ''
  const query = `?lastEventId=${middle}`
  const byQuery = await readEvents(t, url, { token, query })
  t.strictSame((await byQuery.images(1)).map(told), [`image.created ${later}`])
  const both = await readEvents(t, url, { token, query, headers: { 'last-event-id': again.lastId } })
  const last = await stage.addImage(user)
  t.strictSame((await both.images(1)).map(told), [`image.created ${last}`], 'the header goes before it')
  t.equal((await again.images(602)).length, 602)
})

t.test('a place that is not known begins with a reset', async (t) => {
  const stage = await open(t)
  const { url, user, token } = stage
  const stream = await readEvents(t, url, { token, query: '?lastEventId=99999999999999-0' })
  const id = await stage.addImage(user)
  await stream.images(1)
  t.strictSame(
    stream.events.map(({ event, data }) => [event, data.imageId]),
    [
      ['reset', undefined],
      ['image.created', id],
    ],
  )
  t.type(stream.events[0]?.data.message, 'string')
})

t.test('a stream that tells nothing is alive, and moves on', async (t) => {
  const stage = await open(t, { ...OFTEN, pollMs: 20 })
  const { url, token } = stage
  const stream = await readEvents(t, url, { token })
  await poll(() => stream.heartbeats > 2)
  const hello = stream.events[0]?.id
  await stage.addImage(await stage.makeUser())
  await poll(() => stream.lastId !== hello)
  t.equal(stream.events.length, 1)
  t.equal(await metric(url, 'tintype_event_streams'), 1)
  stream.close()
  await poll(async () => (await metric(url, 'tintype_event_streams')) === 0)
})

t.test('a stream ends with what let it in', async (t) => {
  const stage = await open(t)
  const { url, user, token, database } = stage
  const client = createClient(url, await stage.signIn(user))
  const { items } = (await client.get<{ items: { id: string; current: boolean }[] }>('/v1/auth/sessions'))
    .body
  const made = await client.post<{ id: string; key: string }>('/v1/api-keys', {
    ...{ name: 'a', scopes: ['images:read'] },
  })
  const byKey = await readEvents(t, url, { token: made.body.key })
  const bySession = await readEvents(t, url, { token })
  const byOther = await readEvents(t, url, { token: client.accessToken ?? '' })
  const byCookie = await readEvents(t, url, { headers: { cookie: `${ACCESS_COOKIE}=${client.accessToken}` } })
  t.equal(byCookie.status, 200)

  // Nothing but the announcement ends them so soon: no heartbeat is due.
  await client.delete(`/v1/auth/sessions/${items.find(({ current }) => !current)?.id}`)
  await bySession.ended
  await client.delete(`/v1/api-keys/${made.body.id}`)
  await byKey.ended
  const id = await stage.addImage(user)
  t.equal((await byOther.images(1))[0]?.data.imageId, id, 'the others go on')

  t.test('also where nobody announces it', async (t) => {
    const quiet = await stage.start(t, OFTEN)
    const auditor = await stage.makeUser('auditor')
    const own = await readEvents(t, quiet.url, { token: client.accessToken ?? '' })
    const all = await readEvents(t, quiet.url, { token: await quiet.signIn(auditor), query: '?all=true' })
    const theirs = await readEvents(t, quiet.url, { token: await quiet.signIn(auditor) })
    await updateUser(database, auditor.id, { role: 'user' })
    await all.ended
    await updateUser(database, user.id, { disabled: true })
    await own.ended
    await stage.addImage(auditor)
    t.equal((await theirs.images(1)).length, 1)
  })
})

t.test('a user has so many streams, and no more', async (t) => {
  const stage = await open(t)
  const { url, token } = stage
  const streams = await Promise.all(
    Array.from({ length: MAX_STREAMS_PER_USER }, () => readEvents(t, url, { token })),
  )
  t.ok(streams.every(({ status }) => status === 200))
  const refused = await createClient(url, token).get<{ code: string }>('/v1/events')
  t.match(refused, { status: 429, body: { code: 'TT_TOO_MANY_STREAMS' } })
  t.ok(refused.headers.has('retry-after'))
  const other = await readEvents(t, url, { token: await stage.signIn(await stage.makeUser()) })
  t.equal(other.status, 200, 'which is nobody else’s matter')
  streams[0]?.close()
  await poll(async () => {
    const next = await readEvents(t, url, { token })
    return next.status === 200
  })
})

t.test('a client that does not read is cut, and resumes', async (t) => {
  const stage = await open(t, { maxUnreadBytes: 64 * 1024 })
  const { url, user, token } = stage
  const reading = await readEvents(t, url, { token })
  await poll(() => reading.lastId !== '')
  const start = reading.lastId

  const socket = await openUnread(t, url, token)
  let count = 0
  while ((await metric(url, 'tintype_event_streams_dropped_total')) === 0) {
    await fill(stage.database, user, 20)
    count += 20
    await reading.images(count)
  }
  socket.destroy()
  const ids = (await reading.images(count)).map(({ id }) => id)
  const resumed = await readEvents(t, url, { token, query: `?lastEventId=${start}` })
  t.strictSame(
    (await resumed.images(count)).map(({ id }) => id),
    ids,
    'a backlog that is larger than what may be left unread comes whole to who reads it',
  )
})

t.test('a shutdown does not wait for streams, read or not', async (t) => {
  const stage = await open(t, { maxUnreadBytes: Number.POSITIVE_INFINITY })
  const stream = await readEvents(t, stage.url, { token: stage.token })
  await openUnread(t, stage.url, stage.token)
  await fill(stage.database, stage.user, 400)
  await stream.images(400)
  await stage.close()
  await stream.ended
  t.equal(stream.events.length, 401)
})
