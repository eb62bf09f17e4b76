import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '@tintype/database'
import { createUser, type ImageBody, photo, poll } from '@tintype/testkit'
import { Redis } from 'ioredis'
import t from 'tap'
import { readZip } from '../archives/read-zip.ts'
import { sharedStack } from './stack.ts'

/**
 * Somebody who has used all there is, under names that all have one mark in
 * them: what is kept of them is what has the mark or their id.
 */
const stack = await sharedStack()
const mark = `erased${randomBytes(5).toString('hex')}`
const bytes = await photo({ width: 300, height: 200 })

async function useEverything() {
  const admin = await stack.signInAsAdmin()
  const user = await createUser(admin, { tier: 'Enterprise', username: mark })
  const other = await createUser(admin, { tier: 'Enterprise' })
  const { client } = user
  const expectStatus = (answer: { status: number; bytes: Buffer }, status: number) => {
    if (answer.status !== status) throw new Error(`${answer.status}: ${answer.bytes}`)
  }
  const login = { username: mark, password: user.password }
  expectStatus(
    await client.post('/v1/auth/login', login, { headers: { 'user-agent': `${mark} browser` } }),
    200,
  )
  expectStatus(await client.post('/v1/auth/login', { ...login, password: 'wrong' }), 401)
  const files = [0, 1, 2, 3].map((n) => ({
    title: `${mark} title ${n}`,
    filename: `${mark}-${n}.jpg`,
    bytes,
  }))
  const uploaded = await client.upload(files, { headers: { 'idempotency-key': `${mark}-upload` } })
  expectStatus(uploaded, 202)
  const images = uploaded.body.items.map(({ image }) => image as ImageBody)
  for (const { id } of images) await client.waitUntilSettled(id)
  const [kept, deleted, given, linked] = images.map(({ id }) => id)

  const order = { target: 'original', filename: `${mark}-link.jpg`, password: 'a password' }
  const link = await client.post<{ id: string }>(`/v1/images/${linked}/links`, order)
  expectStatus(link, 201)
  expectStatus(await client.post(`/v1/images/${kept}/links`, order), 201)
  expectStatus(await client.post('/v1/api-keys', { name: `${mark} key`, scopes: ['images:read'] }), 201)
  const webhook = { url: `https://${mark}.example/`, types: ['image.ready'], description: `${mark} hook` }
  expectStatus(await client.post('/v1/webhooks', webhook), 201)
  expectStatus(await client.post('/v1/archives', { all: true, rendition: 'original' }), 201)
  const announced = { filename: `${mark}-announced.jpg`, bytes: 1000, contentType: 'image/jpeg' }
  const upload = await client.post<{ id: string }>('/v1/uploads', announced)
  expectStatus(upload, 201)

  // What administrators do is kept in the audit log, under the names of that time.
  expectStatus(await admin.patch(`/v1/admin/users/${user.id}`, { email: `new-${mark}@example.com` }), 200)
  expectStatus(await admin.delete(`/v1/admin/images/${deleted}`), 204)
  expectStatus(await admin.patch(`/v1/admin/images/${given}`, { owner: other.id }), 200)
  expectStatus(await admin.patch(`/v1/admin/images/${given}`, { owner: user.id }), 200)
  expectStatus(await admin.delete(`/v1/admin/links/${link.body.id}`), 204)
  expectStatus(await admin.patch(`/v1/admin/users/${user.id}`, { role: 'admin' }), 200)
  const tier = await client.post<{ id: string }>('/v1/admin/tiers', {
    name: `tier-${randomBytes(5).toString('hex')}`,
  })
  expectStatus(await client.delete(`/v1/admin/tiers/${tier.body.id}`), 204)
  return { admin, user, other, uploadId: upload.body.id, kept: [kept, given, linked].map(String) }
}

/** Names of tables that say a text somewhere. */
async function tablesWith(text: string): Promise<string[]> {
  const database = openDatabase(stack.databaseUrl)
  try {
    const tables = await database.db.execute<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
    )
    const found: string[] = []
    for (const { name } of tables) {
      const rows = await database.db.execute(
        `SELECT FROM ${name} AS r WHERE r::text LIKE '%${text}%' LIMIT 1`,
      )
      if (rows.length > 0) found.push(name)
    }
    return found
  } finally {
    await database.close()
  }
}

/** Keys of Redis that say a text, in their name or in what they hold. */
async function redisKeysWith(text: string): Promise<string[]> {
  const redis = new Redis(stack.redis.url)
  try {
    const found: string[] = []
    for (const key of await redis.keys('*')) {
      const read: Record<string, () => Promise<unknown>> = {
        string: () => redis.get(key),
        hash: () => redis.hgetall(key),
        list: () => redis.lrange(key, 0, -1),
        set: () => redis.smembers(key),
        zset: () => redis.zrange(key, '0', '-1'),
        stream: () => redis.xrange(key, '-', '+'),
      }
      const held = JSON.stringify(await read[await redis.type(key)]?.())
      if (`${key} ${held}`.includes(text)) found.push(key)
    }
    return found
  } finally {
    redis.disconnect()
  }
}

t.test('all that is kept of somebody: given out, and then gone', async (t) => {
  const { admin, user, other, uploadId, kept } = await useEverything()

  await t.test('their administrator gives it out', async (t) => {
    const answer = await admin.get(`/v1/admin/users/${user.id}/export`)
    t.match(answer, { status: 200 })
    t.match(answer.headers.get('content-disposition'), /attachment; filename="tintype-/)
    const entries = new Map((await readZip(answer.bytes)).map(({ name, bytes }) => [name, bytes]))
    const recordsOf = (kind: string) =>
      String(entries.get(`${kind}.jsonl`))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    t.match(recordsOf('account'), [{ username: mark, email: `new-${mark}@example.com`, tier: 'Enterprise' }])
    const images = recordsOf('images')
    t.strictSame(images.map(({ id }) => id).sort(), kept.toSorted())
    t.match(images[0], {
      title: `${mark} title 0`,
      filename: `${mark}-0.jpg`,
      renditions: [/^full/, /^h200$/, /^h400$/],
    })
    for (const { id, sha256 } of images) {
      const original = entries.get(`originals/${id}.jpg`) ?? Buffer.alloc(0)
      t.equal(createHash('sha256').update(original).digest('hex'), sha256)
    }
    t.match(recordsOf('links'), [{ filename: `${mark}-link.jpg`, has_password: true }, {}])
    t.match(recordsOf('api-keys'), [{ name: `${mark} key`, scopes: ['images:read'] }])
    t.ok(recordsOf('sessions').some(({ user_agent }) => user_agent === `${mark} browser`))
    t.match(recordsOf('uploads'), [{ filename: `${mark}-announced.jpg` }])
    t.match(recordsOf('requests'), [{ key: `${mark}-upload` }])
    t.match(recordsOf('webhooks'), [{ url: `https://${mark}.example/` }])
    t.equal(recordsOf('archives').length, 1)
    const audit = recordsOf('audit')
    t.ok(audit.some(({ action, by_themselves }) => action === 'tier.create' && by_themselves))
    t.ok(audit.some(({ action, subject_id }) => action === 'user.export' && subject_id === user.id))
    const whole = [...entries.values()].join('')
    t.notMatch(whole, /password_hash|"secret|previous_secret/, 'no secret')
    t.notMatch(whole, other.username, 'and nobody else')
    t.match(String(entries.get('README.txt')), /none\n$/)
  })

  await t.test('and so may they themselves, one at a time, as far as their tier goes', async (t) => {
    t.equal((await admin.patch(`/v1/admin/users/${user.id}`, { tier: 'Basic' })).status, 200)
    const answer = await user.client.get('/v1/me/export')
    const names = (await readZip(answer.bytes)).map(({ name }) => name)
    t.ok(names.includes('images.jsonl'))
    t.notOk(names.some((name) => name.startsWith('originals/')))
    t.equal((await other.client.get(`/v1/admin/users/${user.id}/export`)).status, 403)
    t.equal((await admin.get(`/v1/admin/users/${mark}/export`)).status, 404)
  })

  await t.test('and then nothing is left', async (t) => {
    t.ok((await tablesWith(mark)).includes('webhooks'), 'the search finds them')
    t.not((await redisKeysWith(user.id)).length, 0)
    // Else its row goes with a sweep that comes once a minute.
    t.equal((await user.client.delete(`/v1/uploads/${uploadId}`)).status, 204)
    t.equal((await admin.delete(`/v1/admin/users/${user.id}`)).status, 204)
    await poll(async () => (await tablesWith(user.id)).includes('users') === false, {
      waitingFor: 'the row to go',
      timeoutMs: 90_000,
    })
    t.strictSame(await tablesWith(mark), [])
    t.strictSame(
      await tablesWith(user.id),
      ['audit_log', 'events'],
      'that something happened, to an id of nobody’s',
    )
    t.strictSame(await redisKeysWith(mark), [])
    const files = await readdir(fileURLToPath(stack.storeUrl), { recursive: true })
    t.ok(files.length > 0)
    for (const id of kept) t.notOk(files.some((file) => file.includes(id)))
    const { body } = await admin.get<{ items: object[] }>(`/v1/admin/audit?subject=${user.id}`)
    t.match(body.items[0], { action: 'user.delete', subject: { name: null }, before: { role: 'admin' } })
  })
})
