import { randomBytes } from 'node:crypto'
import {
  createWebhook,
  findWebhook,
  listDeliveries,
  listDueWebhooks,
  markDeleting,
  rotateWebhookSecret,
  updateWebhook,
} from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { createAddressGuard, createLogger, createSecretSealer, parseNetworks } from '@tintype/service-kit'
import { startWebhookReceiver, verifyWebhook, type WebhookReceiver } from '@tintype/testkit'
import t from 'tap'
import { type AttemptOutcome, type DeliverDependencies, deliverDue } from '../../src/webhooks/deliver.ts'
import { RETRY_AFTER_SECONDS } from '../../src/webhooks/retries.ts'
import { createSender } from '../../src/webhooks/send.ts'
import { openBench } from '../bench.ts'

const bench = await openBench(t)
const { database, ownerId: userId } = bench
const sealer = createSecretSealer([{ id: 'test', secret: randomBytes(32) }])
const outcomes: AttemptOutcome[] = []
const dependencies: DeliverDependencies = {
  database,
  sealer,
  send: createSender({ guard: createAddressGuard(parseNetworks('127.0.0.2/32')), timeoutMs: 10_000 }),
  // As many attempts as there are, and no wait between them.
  waitsSeconds: RETRY_AFTER_SECONDS.map(() => 0),
  log: createLogger('worker', 'silent'),
  observe: (outcome) => void outcomes.push(outcome),
}

async function makeWebhook(url: string) {
  const [id, secret] = [uuidv7(), newSecret()]
  const fields = { id, userId, url, description: '', secret: sealer.seal(secret, id) }
  const made = await createWebhook(database, { ...fields, types: ['image.deleted'] }, 100)
  t.equal(made.outcome, 'created')
  return { id, secret, named: { userId, webhookId: id } }
}
type Made = Awaited<ReturnType<typeof makeWebhook>>

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`
const deliver = ({ id }: Made, other: Partial<DeliverDependencies> = {}) =>
  deliverDue({ ...dependencies, ...other }, id)
const list = async ({ named }: Made) => (await listDeliveries(database, named, { limit: 100 })) ?? []
const end = ({ named }: Made) => updateWebhook(database, named, { enabled: false })

/** This many events of the owner's, each about an image of its own. */
async function happen(times = 1): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < times; n += 1) {
    const id = await bench.addImage(Buffer.from('x'))
    await markDeleting(database, userId, id)
    ids.push(id)
  }
  return ids
}

const openReceiver = () => startWebhookReceiver(t, { host: '127.0.0.2' })
const idsOf = ({ received }: WebhookReceiver) => received.map(({ headers }) => headers['webhook-id'] ?? '')

t.test('a receiver that is down for ten attempts gets each event', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  const images = await happen(3)
  const DOWN: Parameters<WebhookReceiver['answerWith']>[0][] = [
    (response) => response.writeHead(500).end(),
    (response) => response.destroy(),
    (response) => response.writeHead(429, { 'retry-after': '0' }).end(),
    (response) => response.writeHead(302, { location: receiver.url }).end(),
    (response) => response.writeHead(404).end(),
  ]
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    receiver.answerWith(DOWN[attempt % DOWN.length] ?? (() => {}))
    await deliver(made)
    t.equal(receiver.received.length, 3 * attempt)
    t.ok((await list(made)).every(({ state, attempts }) => state === 'pending' && attempts === attempt))
  }
  receiver.answerWith((response) => response.writeHead(200).end('thanks'))
  await deliver(made)
  t.ok((await list(made)).every(({ state, lastStatus }) => state === 'delivered' && lastStatus === 200))

  const last = receiver.received.slice(-3)
  for (const message of receiver.received) t.doesNotThrow(() => verifyWebhook(made.secret, message))
  t.same(last.map(({ body }) => body.data.imageId).toSorted(), images.toSorted())
  t.same(new Set(idsOf(receiver)).size, 3, 'each under one id')
  const bodies = new Set(receiver.received.map(({ text }) => text))
  t.equal(bodies.size, 3, 'and with the same words')
  await deliver(made)
  t.equal(receiver.received.length, 33, 'what was delivered is not sent again')
  t.same([outcomes.filter((one) => one === 'failed').length, outcomes.at(-1)], [30, 'delivered'])
  await end(made)
})

t.test('what fails after the last attempt is dead', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  await happen()
  receiver.answerWith((response) => response.writeHead(503).end())
  for (let attempt = 1; attempt <= 12; attempt += 1) await deliver(made)
  t.equal(receiver.received.length, 11)
  t.match(await list(made), [{ state: 'dead', attempts: 11, lastStatus: 503, lastFailure: null }])
  t.equal(outcomes.at(-1), 'dead')
  await end(made)
})

t.test('a failed attempt is followed by a wait', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  await happen()
  receiver.answerWith((response) => response.writeHead(503, { 'retry-after': '1800' }).end())
  await deliver(made, { waitsSeconds: [5] })
  await deliver(made, { waitsSeconds: [5] })
  t.equal(receiver.received.length, 1)
  t.notOk((await listDueWebhooks(database)).includes(made.id))
  const [row] = await bench.query<{ wait: number }>(`
    SELECT extract(epoch FROM next_attempt_at - now())::float8 AS wait FROM webhook_deliveries
    WHERE webhook_id = '${made.id}'`)
  t.ok(row !== undefined && row.wait > 1700 && row.wait <= 1800, 'as long as it asked for')
  await end(made)
})

t.test('a receiver at an address that is not the internet’s gets nothing', async (t) => {
  const closed = await startWebhookReceiver(t)
  const open = await openReceiver()
  open.answerWith((response) => response.writeHead(307, { location: closed.url }).end())
  let times = 0
  const rebinding = createSender({
    guard: createAddressGuard(parseNetworks('127.0.0.2/32')),
    timeoutMs: 10_000,
    resolve: async () => [times++ === 0 ? '127.0.0.2' : '127.0.0.1'],
  })
  const refused = await makeWebhook(closed.url)
  const named = await makeWebhook(closed.url.replace('127.0.0.1', 'rebinding.example'))
  const redirected = await makeWebhook(open.url)
  await happen()
  await deliver(refused)
  await deliver(redirected)
  for (let n = 0; n < 3; n += 1) await deliver(named, { send: rebinding })
  t.match(await list(refused), [{ lastFailure: 'address-refused', lastStatus: null }])
  t.match(await list(redirected), [{ state: 'pending', lastStatus: 307 }])
  t.match(await list(named), [{ attempts: 3, lastFailure: 'address-refused' }])
  t.equal(times, 3)
  t.same(closed.received, [])
  for (const one of [refused, named, redirected]) await end(one)
})

t.test('while a secret is being replaced, receivers with either accept', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  const next = newSecret()
  const rotation = { secret: sealer.seal(next, made.id), overlapSeconds: 60 }
  await rotateWebhookSecret(database, made.named, rotation)
  await happen()
  await deliver(made)
  const [message] = receiver.received
  if (message === undefined) throw new Error('nothing was received')
  for (const secret of [made.secret, next]) t.doesNotThrow(() => verifyWebhook(secret, message))
  t.throws(() => verifyWebhook(newSecret(), message))
  await end(made)
})

t.test('a receiver that is gone is told no more', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  await happen()
  receiver.answerWith((response) => response.writeHead(410).end())
  await deliver(made)
  t.match(await list(made), [{ state: 'dead', lastStatus: 410, attempts: 1 }])
  t.type((await findWebhook(database, made.named))?.disabledAt, Date)
  await happen()
  await deliver(made)
  t.equal(receiver.received.length, 1)
})

t.test('a webhook whose secret cannot be read fails, and goes on with another', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  await happen()
  await deliver(made, { sealer: createSecretSealer([{ id: 'other', secret: randomBytes(32) }]) })
  t.match(await list(made), [{ state: 'pending', lastFailure: 'secret-unreadable' }])
  t.same(receiver.received, [])
  await deliver(made)
  t.equal(receiver.received.length, 1)
  await end(made)
})

t.test('a receiver gets no more than eight messages at a time', async (t) => {
  const receiver = await openReceiver()
  const made = await makeWebhook(receiver.url)
  await happen(20)
  const held: (() => void)[] = []
  let most = 0
  receiver.answerWith((response) => {
    held.push(() => response.writeHead(204).end())
    most = Math.max(most, held.length)
    // Those of a round are answered together, the last round being of four.
    if (held.length === Math.min(8, 20 - (receiver.received.length - held.length))) {
      for (const answer of held.splice(0)) answer()
    }
  })
  await deliver(made)
  t.equal(most, 8)
  t.equal(new Set(idsOf(receiver)).size, 20)
  await end(made)
})
