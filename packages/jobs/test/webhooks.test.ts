import { uuidv7 } from '@tintype/domain'
import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { onWebhooks, produceConnected } from './connections.ts'

t.test('the queue of webhooks', async (t) => {
  const { url } = await startTestRedis(t)
  const producer = await produceConnected(t, url)
  const [slow, other] = [uuidv7(), uuidv7()]
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const events: string[] = []
  let relays = 0
  onWebhooks(t, url, async (job) => {
    if (job.kind === 'relay') {
      relays += 1
      return
    }
    events.push(`begin ${job.webhookId}`)
    if (job.webhookId === slow) await released
    events.push(`end ${job.webhookId}`)
  })

  t.test('one webhook never has two jobs that run, and holds up no other', async (t) => {
    await producer.enqueueWebhooks([slow])
    await poll(() => events.length === 1)
    for (let n = 0; n < 5; n += 1) await producer.enqueueWebhooks([slow, other])
    await poll(() => events.includes(`end ${other}`))
    t.equal(events.filter((event) => event === `begin ${slow}`).length, 1)
    release()
    await poll(() => events.filter((event) => event === `end ${slow}`).length === 2)
    await poll(async () => {
      const { active, waiting, prioritized } = (await producer.countJobs()).webhooks
      return active === 0 && waiting === 0 && prioritized === 0
    })
    t.equal(
      events.filter((event) => event === `begin ${slow}`).length,
      2,
      'what was asked meanwhile runs once',
    )
  })

  t.test('a relay comes again and again, and leaves nothing behind', async (t) => {
    for (let n = 0; n < 3; n += 1) await producer.scheduleRelay(50)
    await poll(() => relays > 3)
    t.match((await producer.countJobs()).webhooks, { completed: 0, failed: 0 })
  })
})
