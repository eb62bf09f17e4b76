import { setTimeout as delay } from 'node:timers/promises'
import { createUser, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { createIntake } from '../../src/uploads/intake.ts'
import { checkConduct, heldFiles } from '../conduct.ts'
import { startGateway } from '../gateway.ts'
import { beginUpload } from './begin-upload.ts'
import { filePart, multipart } from './multipart.ts'

const gateway = await startGateway(t, { env: { UPLOADS_IN_HAND: '1' } })
const admin = await gateway.signInAsAdmin()
const { id, client } = await createUser(admin, { tier: 'Basic' })
const file = { filename: 'a.jpg', bytes: await photo({ width: 64, height: 48 }) }

t.test('what comes on top of what is in hand is refused at once, and taken later', async (t) => {
  let first: ReturnType<typeof client.upload> | undefined
  // Its row is what an upload waits for at the end.
  await gateway.database.db.transaction(async (transaction) => {
    await transaction.execute(`SELECT 1 FROM users WHERE id = '${id}' FOR UPDATE`)
    first = client.upload([file])
    await poll(async () => {
      const [waiting] = await gateway.database.db.execute(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      return waiting !== undefined
    })
    const refused = await poll(async () => {
      const answer = await client.upload([file], { signal: AbortSignal.timeout(1000) })
      return answer.status === 503 && answer
    })
    t.match(refused.body, { code: 'TT_BUSY' })
    t.match(refused.headers.get('retry-after'), /^[1-9]\d*$/)
    t.equal((await client.get('/v1/me')).status, 200, 'reads go on')
  })
  t.equal((await first)?.status, 202, 'who was there first is served')
  t.equal((await client.upload([file])).status, 202, 'and so is the next')
})

t.test('who takes their time keeps nobody else from it', async (t) => {
  const body = multipart([filePart('slow.jpg', file.bytes)])
  const slow = await beginUpload(t, client, `Content-Length: ${body.length}`)
  await slow.send(body.subarray(0, -100))
  await poll(async () => (await heldFiles(gateway.service, gateway.spoolDir)).length === 1)
  await poll(async () => (await client.upload([file])).status === 202)
  await slow.send(body.subarray(-100))
  t.equal((await slow.answer())?.status, 202, 'and is served in the end')
})

t.test('a place is taken from the head on, given up by who is slow, and taken again', async (t) => {
  const intake = createIntake(1, { arrivalMs: 100 })
  const first = intake.enter()
  t.throws(() => intake.enter(), { code: 'TT_BUSY' })
  first.arrived()
  await delay(200)
  t.throws(() => intake.enter(), { code: 'TT_BUSY' }, 'what has arrived is worked at as long as it takes')
  first.awaitMore()
  const second = await poll(async () => {
    try {
      return intake.enter()
    } catch {
      return undefined
    }
  })
  second.arrived()
  t.throws(() => first.arrived(), { code: 'TT_BUSY' }, 'there is no other')
  second[Symbol.dispose]()
  second[Symbol.dispose]()
  first.arrived()
  t.throws(() => intake.enter(), { code: 'TT_BUSY' }, 'what ends twice frees one place')
  first[Symbol.dispose]()
  intake.enter()[Symbol.dispose]()
})

t.test('conduct', (t) => checkConduct(t, gateway))
