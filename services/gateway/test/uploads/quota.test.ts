import { type Client, createUser, photo, poll, type UploadBody } from '@tintype/testkit'
import t, { type Test } from 'tap'
import { checkConduct } from '../conduct.ts'
import { sharedGateway } from '../gateway.ts'
import { originalsIn, tracesOf } from './traces.ts'

const gateway = await sharedGateway()
const admin = await gateway.signInAsAdmin()
const bytes = await photo({ width: 64, height: 48 })
const file = { filename: 'a.jpg', bytes }
let made = 0

async function userWith(quota: object): Promise<Client> {
  made += 1
  const { body } = await admin.post<{ id: string }>('/v1/admin/tiers', { name: `quota ${made}`, ...quota })
  return (await createUser(admin, { tier: body.id })).client
}

/** At once, but no more than eight of them: the rest are told to try again, and do. */
function uploadWhenThereIsATurn(client: Client) {
  return poll(async () => {
    const answer = await client.upload([file])
    return answer.status !== 429 && answer
  })
}

/** The store holds what these images and those of before are made of, and nothing else. */
async function leavesNothingElse(t: Test, client: Client, before: string[], count: number): Promise<void> {
  const traces = await tracesOf(gateway, client)
  t.equal(traces.images.length, count, `${count} are kept`)
  t.strictSame([traces.usedImages, traces.usedBytes], [count, count * bytes.length], 'and counted')
  t.strictSame(traces.originals, [...before, ...traces.images].toSorted(), 'nothing is left of the others')
}

for (const [name, quota] of Object.entries({
  bytes: { quotaBytes: bytes.length * 10 + bytes.length - 1 },
  images: { quotaImages: 10 },
})) {
  t.test(`sixty at once where there is room for ten, by ${name}`, async (t) => {
    const client = await userWith(quota)
    const before = await originalsIn(gateway)
    const answers = await Promise.all(Array.from({ length: 60 }, () => uploadWhenThereIsATurn(client)))
    const statuses = Map.groupBy(answers, ({ status }) => status)
    t.strictSame([statuses.get(202)?.length, statuses.get(413)?.length], [10, 50])
    for (const answer of statuses.get(413) ?? []) {
      t.match(answer.body, { code: 'TT_QUOTA_EXCEEDED', details: { field: 'file', ...quota } })
    }
    await leavesNothingElse(t, client, before, 10)

    const { body } = await client.get<{ items: { id: string }[] }>('/v1/images?limit=1')
    await client.delete(`/v1/images/${body.items[0]?.id}`)
    t.equal((await client.upload([file])).status, 202, 'what is deleted makes room')
    t.equal((await client.upload([file])).status, 413)
  })
}

t.test('one request with more than there is room for', async (t) => {
  const client = await userWith({ quotaImages: 3 })
  const before = await originalsIn(gateway)
  const answer = await client.upload(Array.from({ length: 8 }, () => file))
  t.equal(answer.status, 207)
  const outcomes = (answer.body as UploadBody).items.map((item) => item.error?.code ?? item.status)
  t.strictSame(outcomes, [...Array(3).fill('accepted'), ...Array(5).fill('TT_QUOTA_EXCEEDED')])
  await leavesNothingElse(t, client, before, 3)
})

t.test('no room at all', async (t) => {
  const client = await userWith({ quotaBytes: 0 })
  const before = await originalsIn(gateway)
  t.equal((await client.upload([file])).status, 413)
  await leavesNothingElse(t, client, before, 0)
})

t.test('conduct', (t) => checkConduct(t, gateway))
