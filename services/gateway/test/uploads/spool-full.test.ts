import { createUser, type ProblemBody, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { checkConduct, heldBytes } from '../conduct.ts'
import { startGateway } from '../gateway.ts'
import { beginUpload } from './begin-upload.ts'
import { filePart, multipart } from './multipart.ts'
import { tracesOf } from './traces.ts'

const gateway = await startGateway(t, { env: { SPOOL_MAX_MB: '1' } })
const admin = await gateway.signInAsAdmin()
const { client } = await createUser(admin, { tier: 'Premium' })
const jpeg = await photo({ width: 64, height: 48 })

t.test('more than the spool holds has to wait, and keeps nobody else from it', async (t) => {
  const large = Buffer.concat([jpeg, Buffer.alloc(900_000)])
  const body = multipart([filePart('slow.jpg', large)])
  const slow = await beginUpload(t, client, `Content-Length: ${body.length}`)
  await slow.send(body.subarray(0, -100))
  // All of it, or it is the one that finds no room.
  await poll(async () => (await heldBytes(gateway.service, gateway.spoolDir)) > 900_000)

  const second = { filename: 'second.jpg', bytes: Buffer.concat([jpeg, Buffer.alloc(300_000)]) }
  const small = { filename: 'small.jpg', bytes: jpeg }
  const refused = await poll(async () => {
    const answer = await client.upload([second])
    return answer.status === 503 && answer
  })
  t.match(refused.body, { code: 'TT_SPOOL_FULL', items: [{ filename: 'second.jpg', status: 'rejected' }] })
  t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
  const mixed = await client.upload([second, small])
  t.equal(mixed.status, 207)
  t.strictSame(
    mixed.body.items.map((item) => item.error?.code ?? item.filename),
    ['TT_SPOOL_FULL', 'small.jpg'],
  )

  const before = (await tracesOf(gateway, client)).images.length
  await slow.send(body.subarray(-100))
  t.equal((await slow.answer())?.status, 202, 'who was there first is served')
  t.equal((await client.upload([second])).status, 202, 'and so is the other, then')
  const traces = await tracesOf(gateway, client)
  t.equal(traces.images.length, before + 2)
  t.strictSame(traces.originals, traces.images)
})

t.test('a file larger than the whole spool', async (t) => {
  const answer = await client.upload([
    { filename: 'a.jpg', bytes: Buffer.concat([jpeg, Buffer.alloc(1_100_000)]) },
  ])
  t.equal(answer.status, 503)
  t.equal((answer.body as unknown as ProblemBody).code, 'TT_SPOOL_FULL')
})

t.test('conduct', (t) => checkConduct(t, gateway))
