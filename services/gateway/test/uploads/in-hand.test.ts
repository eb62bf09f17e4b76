import { createUser, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { startGateway } from '../gateway.ts'

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

t.test('conduct', (t) => checkConduct(t, gateway))
