import { uuidv7 } from '@tintype/domain'
import { type Client, createClient, createUser, type ProblemBody } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'

interface WebhookBody extends ProblemBody {
  id: string
  url: string
  secret: string
  enabled: boolean
}
interface DeliveryBody {
  id: string
  type: string
  state: string
  imageId: string
}

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const user = await createUser(admin, { tier: 'Basic' })
const stranger = await createUser(admin, { tier: 'Basic' })
const URL = 'https://receiver.example/hook'

async function make(client: Client = user.client, fields: object = {}) {
  const body = { url: URL, types: ['image.deleted'], ...fields }
  return client.post<WebhookBody>('/v1/webhooks', body)
}
const list = async (id: string, query = '') =>
  (
    await user.client.get<{ items: DeliveryBody[]; nextCursor: string | null }>(
      `/v1/webhooks/${id}/deliveries${query}`,
    )
  ).body
const post = (path: string, body?: object, client = user.client) => client.post<ProblemBody>(path, body)
const query = (statement: string) => gateway.database.db.execute(statement)

/** This many events of the user's. */
async function happen(times = 1): Promise<void> {
  const form = new FormData()
  for (let n = 0; n < times; n += 1) form.append('file', new Blob([gif()]), 'a.gif')
  const { body } = await user.client.request<{ items: { image: { id: string } }[] }>('POST', '/v1/images', {
    body: form,
  })
  await post('/v1/images/delete', { ids: body.items.map(({ image }) => image.id) })
}

t.test('a secret is shown once, and kept encrypted', async (t) => {
  const made = await make(user.client, { description: 'Mine' })
  t.equal(made.status, 201)
  t.equal(made.headers.get('cache-control'), 'no-store')
  t.match(made.body, { url: URL, types: ['image.deleted'], description: 'Mine', enabled: true })
  const { id, secret } = made.body
  t.equal(Buffer.from(secret.replace(/^whsec_/, ''), 'base64').length, 32)
  const [row] = await query(`SELECT * FROM webhooks WHERE id = '${id}'`)
  t.notMatch(JSON.stringify(row), secret.slice(6, 20))
  const found = await user.client.get<WebhookBody>(`/v1/webhooks/${id}`)
  t.equal(found.status, 200)
  t.notOk('secret' in found.body)
  t.match((await user.client.get('/v1/webhooks')).body, { items: [{ id }] })

  const rotated = await user.client.post<{ secret: string }>(`/v1/webhooks/${id}/rotate-secret`)
  t.match(rotated, { status: 200, body: { secret: /^whsec_/, previousSecretUntil: /^\d{4}-/ } })
  t.equal(rotated.headers.get('cache-control'), 'no-store')
  t.not(rotated.body.secret, secret)
  t.equal((await user.client.delete(`/v1/webhooks/${id}`)).status, 204)
  t.equal((await user.client.delete(`/v1/webhooks/${id}`)).status, 404)
})

t.test('webhooks that are refused', async (t) => {
  const { body } = await make()
  const BAD_URLS = [
    ...['receiver.example', '/hook', 'ftp://receiver.example/', 'file:///etc/passwd', 'https://'],
    ...['https://name@receiver.example/', 'https://:pass@receiver.example/'],
    ...[
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1:8080/',
      'http://[::1]/',
      'http://10.1.2.3/',
    ],
    ...['http://169.254.169.254/latest/', 'http://[::ffff:192.168.1.1]/', 'http://[64:ff9b::a00:1]/'],
    `https://receiver.example/${'é'.repeat(2000)}`,
  ]
  for (const url of BAD_URLS) {
    const refused = { status: 400, body: { code: 'TT_BAD_WEBHOOK_URL', details: { field: 'url' } } }
    t.match(await make(user.client, { url }), refused, url.slice(0, 60))
    t.match(await user.client.patch(`/v1/webhooks/${body.id}`, { url }), refused, url.slice(0, 60))
  }
  const BAD: [fields: object, field: string][] = [
    [{ url: `https://receiver.example/${'x'.repeat(2048)}` }, 'url'],
    [{ url: '' }, 'url'],
    [{ types: [] }, 'types'],
    [{ types: ['image.exploded'] }, 'types.0'],
    [{ types: ['image.ready', 'image.ready'] }, 'types'],
    [{ description: 'a\u0000b' }, 'description'],
    [{ description: 'x'.repeat(201) }, 'description'],
  ]
  for (const [fields, field] of BAD) {
    const answer = await make(user.client, fields)
    t.match({ status: answer.status, code: answer.body.code }, { status: 400, code: 'TT_VALIDATION' })
    t.match([answer.body.details].flat(), [{ field }], JSON.stringify(fields).slice(0, 60))
  }
  t.equal((await user.client.patch(`/v1/webhooks/${body.id}`, {})).status, 400)
  const kept = await make(user.client, { url: 'HTTPS://Receiver.example:443/a?b=c#d' })
  t.equal(kept.body.url, 'https://receiver.example/a?b=c')
  for (const id of [body.id, kept.body.id]) await user.client.delete(`/v1/webhooks/${id}`)
})

t.test('another person’s webhook does not exist', async (t) => {
  const { body } = await make()
  await happen()
  const [delivery] = (await list(body.id)).items
  const { client } = stranger
  for (const id of [body.id, uuidv7(), 'abc']) {
    const path = `/v1/webhooks/${id}`
    const asks = [
      client.get(path),
      client.patch(path, { enabled: false }),
      client.get(`${path}/deliveries`),
      post(`${path}/deliveries/${delivery?.id}/replay`, undefined, client),
      post(`${path}/replay`, {}, client),
      post(`${path}/rotate-secret`, undefined, client),
      post(`${path}/test`, undefined, client),
      client.delete(path),
    ]
    for (const answer of await Promise.all(asks))
      t.match(answer, { status: 404, body: { code: 'TT_NOT_FOUND' } })
  }
  t.same((await client.get<{ items: object[] }>('/v1/webhooks')).body.items, [])
  t.match(await user.client.get(`/v1/webhooks/${body.id}`), { status: 200, body: { enabled: true } })
  await user.client.delete(`/v1/webhooks/${body.id}`)
})

t.test('a person has ten at most, and the demo user none', async (t) => {
  const { client, id } = await createUser(admin, { tier: 'Basic' })
  const made = await Promise.all(Array.from({ length: 12 }, () => make(client)))
  t.equal(made.filter(({ status }) => status === 201).length, 10)
  t.match(
    made.find(({ status }) => status !== 201),
    { status: 409, body: { code: 'TT_TOO_MANY_WEBHOOKS' } },
  )
  await query(`UPDATE users SET is_demo = true WHERE id = '${id}'`)
  t.match(await make(client), { status: 403, body: { code: 'TT_FORBIDDEN' } })
})

t.test('an API key needs the scope', async (t) => {
  const keyOf = async (scope: string) => {
    const made = await user.client.post<{ key: string }>('/v1/api-keys', { name: uuidv7(), scopes: [scope] })
    return createClient(gateway.url, made.body.key)
  }
  const made = await make(await keyOf('webhooks'))
  t.equal(made.status, 201)
  t.match(await make(await keyOf('images:write')), { status: 403, body: { code: 'TT_SCOPE_MISSING' } })
  await user.client.delete(`/v1/webhooks/${made.body.id}`)
})

t.test('what became of messages, and once more', async (t) => {
  const { body } = await make()
  const path = `/v1/webhooks/${body.id}`
  await happen(3)
  const first = await list(body.id, '?limit=2')
  t.equal(first.items.length, 2)
  const second = await list(body.id, `?limit=2&cursor=${first.nextCursor}`)
  t.equal(second.nextCursor, null)
  const all = [...first.items, ...second.items]
  const ids = all.map(({ id }) => id)
  t.same(ids, ids.toSorted().toReversed(), 'newest first')
  t.match(all, Array(3).fill({ type: 'image.deleted', state: 'pending', attempts: 0, endedAt: null }))

  await query(`
    UPDATE webhook_deliveries SET state = 'dead', attempts = 11, ended_at = now(), last_failure = 'timeout'
    WHERE webhook_id = '${body.id}'`)
  t.match(
    (await list(body.id, '?state=dead')).items,
    Array(3).fill({ lastFailure: 'timeout', nextAttemptAt: null }),
  )
  t.same((await list(body.id, '?state=delivered')).items, [])
  t.match(await post(`${path}/deliveries/${ids[0]}/replay`), {
    status: 202,
    body: { state: 'pending', attempts: 0 },
  })
  t.equal((await post(`${path}/deliveries/${uuidv7()}/replay`)).status, 404)
  t.match(await post(`${path}/replay`, { to: '2020-01-01T00:00:00Z' }), {
    status: 202,
    body: { replayed: 0 },
  })
  t.match(await post(`${path}/replay`, { state: 'dead' }), { status: 202, body: { replayed: 2 } })
  for (const from of ['2026-12-31T23:59:60Z', '0000-01-01T00:00:00Z']) {
    t.match(await post(`${path}/replay`, { from }), {
      ...{ status: 400, body: { code: 'TT_BAD_TIME', details: { field: 'from' } } },
    })
  }

  t.match(await post(`${path}/test`), { status: 202, body: { type: 'webhook.test', imageId: null } })
  t.match(await user.client.patch(path, { enabled: false, types: ['image.ready'] }), {
    ...{ status: 200, body: { enabled: false, disabledAt: /^\d/, types: ['image.ready'] } },
  })
  t.match(await post(`${path}/test`), { status: 409, body: { code: 'TT_WEBHOOK_DISABLED' } })
  t.match(await user.client.patch(path, { enabled: true }), { body: { enabled: true, disabledAt: null } })
})

t.test('conduct', (t) => checkConduct(t, gateway))

/** The smallest picture there is. */
function gif(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'))
}
