import { uuidv7 } from '@tintype/domain'
import { type Client, createUser, type ImageBody, type ProblemBody, poll } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { ODD_NAMES } from '../odd-names.ts'
import { tracesOf } from '../uploads/traces.ts'
import { uploadPicture } from './derived.ts'

interface Deletion {
  items: { id: string; status: string }[]
}

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const user = async () => (await createUser(admin, { tier: 'Basic' })).client
const deleteAll = (client: Client, ids: unknown) =>
  client.post<Deletion & ProblemBody>('/v1/images/delete', { ids })
const statuses = ({ body }: { body: Deletion }) => body.items.map(({ status }) => status)

t.test('names are changed', async (t) => {
  const client = await user()
  const { id } = await uploadPicture(client, { filename: 'a.jpg', title: 'A' })
  const patch = (body: unknown) => client.patch<ImageBody & ProblemBody>(`/v1/images/${id}`, body)
  t.match(await patch({ title: ' The\u0000 mill ' }), {
    status: 200,
    body: { id, title: 'The mill', filename: 'a.jpg' },
  })
  t.match(await patch({ filename: 'b.JPG' }), { body: { title: 'The mill', filename: 'b.JPG' } })
  await patch({ title: 'C', filename: 'c.jpg' })
  t.match((await client.get(`/v1/images/${id}`)).body, { title: 'C', filename: 'c.jpg' })

  for (const [sent, kept] of ODD_NAMES) {
    const answer = await patch({ title: sent, filename: sent })
    if (kept === '') t.match(answer, { status: 400, body: { code: 'TT_NAME_EMPTY' } }, JSON.stringify(sent))
    else t.match(answer, { status: 200, body: { title: kept, filename: kept } }, kept.slice(0, 40))
  }
  t.match(await patch({ title: '' }), { status: 200, body: { title: '' } }, 'a title may go')
  t.match(await patch({ filename: '' }), { status: 400, body: { code: 'TT_NAME_EMPTY' } })
  const BAD: [body: unknown, field: string][] = [
    [{ title: '\u202e' }, 'title'],
    [{ title: 'x', filename: ' ' }, 'filename'],
    [{ title: 1 }, 'title'],
    [{ title: null }, 'title'],
    [{ state: 'ready' }, 'state'],
  ]
  for (const [body, field] of BAD) {
    const answer = await patch(body)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.equal(([answer.body.details].flat() as { field: string }[])[0]?.field, field)
    t.ok(answer.body.message.startsWith(`${field}:`), answer.body.message)
  }
  for (const body of [{}, [], 'x', undefined]) t.equal((await patch(body)).status, 400, JSON.stringify(body))
  const other = await user()
  for (const path of [id, uuidv7(), 'abc', '²', '-1', '1e9', `${id}x`].map(encodeURIComponent)) {
    t.equal((await other.patch(`/v1/images/${path}`, { title: 'mine' })).status, 404, path)
  }
})

t.test('many are deleted at once', async (t) => {
  const [client, other] = [await user(), await user()]
  const mine = [await uploadPicture(client), await uploadPicture(client), await uploadPicture(client)]
  const [a, b, c] = mine.map(({ id }) => id) as [string, string, string]
  const { id: theirs } = await uploadPicture(other)
  const answer = await deleteAll(client, [b, theirs, 'abc', a, uuidv7(), b, a.toUpperCase()])
  t.equal(answer.status, 200)
  t.strictSame(
    answer.body.items.map(({ id }) => id).slice(0, 4),
    [b, theirs, 'abc', a],
    'in the order they were sent',
  )
  t.strictSame(statuses(answer), [
    'deleted',
    'not-found',
    'not-found',
    'deleted',
    'not-found',
    'deleted',
    'not-found',
  ])
  t.match(await tracesOf(gateway, client), { images: [c], usedImages: 1, usedBytes: mine[2]?.content.length })
  t.strictSame((await tracesOf(gateway, other)).images, [theirs])
  t.strictSame(statuses(await deleteAll(client, [a, b])), ['not-found', 'not-found'], 'once')
  t.equal((await client.delete(`/v1/images/${a}`)).status, 404)
  t.strictSame(statuses(await deleteAll(client, Array.from({ length: 1000 }, uuidv7))).length, 1000)
  for (const ids of [[], Array.from({ length: 1001 }, () => a), [1], [null], a, undefined]) {
    const refused = await deleteAll(client, ids)
    t.equal(refused.status, 400, JSON.stringify(ids)?.slice(0, 40))
    t.match(refused.body.message, /^ids/)
  }
})

t.test('the same pictures at once, in other orders', async (t) => {
  const client = await user()
  const ids: string[] = []
  for (let count = 0; count < 20; count += 1) ids.push((await uploadPicture(client)).id)
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => deleteAll(client, index % 2 === 0 ? ids : ids.toReversed())),
  )
  t.strictSame(
    answers.map(({ status }) => status),
    Array(8).fill(200),
  )
  const deleted = answers.flatMap(({ body }) => body.items.filter(({ status }) => status === 'deleted'))
  t.equal(deleted.length, ids.length, 'each is deleted once')
  t.match(await tracesOf(gateway, client), { images: [], usedImages: 0, usedBytes: 0 })
})

t.test('deleted though Redis is away', async (t) => {
  const client = await user()
  const ids = [(await uploadPicture(client)).id, (await uploadPicture(client)).id]
  await gateway.redis?.stop()
  await poll(async () => (await client.get<{ status: string }>('/readyz')).body.status === 'degraded')
  t.strictSame(statuses(await deleteAll(client, ids)), ['deleted', 'deleted'])
  t.strictSame((await tracesOf(gateway, client)).images, [])
})

t.test('conduct', (t) => checkConduct(t, gateway))
