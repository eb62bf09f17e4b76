import { type EventType, uuidv7 } from '@tintype/domain'
import t from 'tap'
import {
  type ClaimedDelivery,
  claimDeliveries,
  createWebhook,
  type Database,
  deleteWebhook,
  disableWebhook,
  failDerivation,
  findLiveLink,
  findWebhook,
  forgetOldDeliveries,
  listDeliveries,
  listDueWebhooks,
  listWebhooks,
  markAllDeleting,
  queueTestDelivery,
  recordLinkUses,
  replayDeadDeliveries,
  replayDelivery,
  rotateWebhookSecret,
  settleDeliveries,
  type User,
  updateUser,
  updateWebhook,
} from '../src/index.ts'
import { createLink } from '../src/links.ts'
import { sql } from '../src/orm.ts'
import { BY, makeImage, makeUser, openMigrated } from './fixtures.ts'

const database = await openMigrated(t)

interface Made {
  owner: User
  named: { userId: string; webhookId: string }
}

async function make(
  types: EventType[] = ['image.ready', 'image.failed', 'image.deleted'],
  owner?: User,
): Promise<Made> {
  const user = owner ?? (await makeUser(database))
  const id = uuidv7()
  const made = await createWebhook(
    database,
    { id, userId: user.id, url: 'https://receiver.example/', types, description: '', secret: 'first' },
    10,
  )
  if (made.outcome !== 'created') throw new Error(made.outcome)
  return { owner: user, named: { userId: user.id, webhookId: id } }
}

const claim = ({ named }: Made, limit = 10): Promise<ClaimedDelivery[]> =>
  claimDeliveries(database, named.webhookId, { limit, leaseSeconds: 60 })
const list = async ({ named }: Made) => (await listDeliveries(database, named, { limit: 100 })) ?? []
const isDue = async ({ named }: Made) => (await listDueWebhooks(database)).includes(named.webhookId)

/** What happens to images: this many deleted, of which each is told. */
async function happen({ owner }: Made, times = 1): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < times; n += 1) ids.push((await makeImage(database, owner)).id)
  await markAllDeleting(database, owner.id, ids)
  return ids
}

t.test('what happened is to be told to those who want to know, and to nobody else', async (t) => {
  const watching = await make(['image.failed', 'image.deleted'])
  const second = await make(['image.created'], watching.owner)
  const stranger = await make()
  const disabled = await make(['image.failed'], watching.owner)
  await updateWebhook(database, disabled.named, { enabled: false })
  const { id } = await makeImage(database, watching.owner)
  await failDerivation(database, id, 'TT_IMAGE_CORRUPT', ['h200'])

  t.match(await list(watching), [{ type: 'image.failed', imageId: id, state: 'pending', attempts: 0 }])
  t.match(await list(second), [{ type: 'image.created', imageId: id }])
  t.same(await list(stranger), [])
  t.same(await list(disabled), [])
  const [claimed] = await claim(watching)
  t.match(claimed, {
    type: 'image.failed',
    imageId: id,
    detail: { code: 'TT_IMAGE_CORRUPT' },
    attempt: 1,
    url: 'https://receiver.example/',
    secrets: ['first'],
  })
  t.match(claimed?.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const madeAt = Number.parseInt((claimed?.id ?? '').replace('-', '').slice(0, 12), 16)
  t.ok(Math.abs(madeAt - (claimed?.at.getTime() ?? 0)) < 60_000, 'its id begins with its time')
})

t.test('what did not happen is not told', async (t) => {
  const made = await make(['image.created'])
  await t.rejects(
    database.db.transaction(async (tx) => {
      await makeImage({ ...database, db: tx, prepared: tx } as unknown as Database, made.owner)
      throw new Error('taken back')
    }),
    { message: 'taken back' },
  )
  t.same(await list(made), [])
})

t.test('a webhook that is being deleted neither fails what happens nor holds it up', async (t) => {
  const made = await make(['image.created'])
  const other = await make(['image.created'], made.owner)
  const deleted = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const deleting = database.db.transaction(async (tx) => {
    await tx.execute(sql`DELETE FROM webhooks WHERE id = ${made.named.webhookId}`)
    deleted.resolve()
    await end.promise
  })
  await deleted.promise
  await makeImage(database, made.owner)
  end.resolve()
  await deleting
  t.equal((await list(other)).length, 1)
})

t.test('an attempt', async (t) => {
  t.test('is counted when it begins, and is nobody else’s meanwhile', async (t) => {
    const made = await make()
    await happen(made, 5)
    t.equal(await isDue(made), true)
    const claims = await Promise.all([claim(made, 3), claim(made, 3), claim(made, 3)])
    t.equal(new Set(claims.flat().map(({ id }) => id)).size, 5)
    t.equal(claims.flat().length, 5)
    t.equal(await isDue(made), false)
  })

  t.test('that dies is begun again, and its late end counts no more', async (t) => {
    const made = await make()
    await happen(made)
    const [first] = await claimDeliveries(database, made.named.webhookId, { limit: 1, leaseSeconds: 0 })
    const [second] = await claim(made)
    t.match([first?.attempt, second?.attempt], [1, 2])
    await settleDeliveries(database, [
      { id: first?.id ?? '', attempt: 1, status: 500, failure: null, next: 'dead' },
    ])
    t.match(await list(made), [{ state: 'pending', attempts: 2, lastStatus: null }])
    await settleDeliveries(database, [
      { id: second?.id ?? '', attempt: 2, status: 204, failure: null, next: 'delivered' },
    ])
    t.match(await list(made), [{ state: 'delivered', lastStatus: 204, endedAt: Date }])
  })

  t.test('ends as delivered, as dead, or with the time of the next', async (t) => {
    const made = await make()
    await happen(made, 3)
    const [a, b, c] = await claim(made)
    const end = { attempt: 1, status: null, failure: null }
    await settleDeliveries(database, [
      { id: a?.id ?? '', ...end, next: 'delivered' },
      { id: b?.id ?? '', ...end, status: 410, next: 'dead' },
      { id: c?.id ?? '', ...end, failure: 'timeout', next: 0.001 },
    ])
    const states = await list(made)
    const byId = (one: typeof a) => states.find(({ id }) => id === one?.id)
    t.match(byId(a), { state: 'delivered', endedAt: Date })
    t.match(byId(b), { state: 'dead', lastStatus: 410, endedAt: Date })
    t.match(byId(c), { state: 'pending', lastFailure: 'timeout', endedAt: null })
    t.match(await claim(made), [{ id: c?.id, attempt: 2 }])
    t.match(
      (await listDeliveries(database, made.named, { state: 'dead', limit: 9 }))?.map(({ id }) => id),
      [b?.id],
    )
  })

  t.test('is not begun while the webhook or its user is disabled, and is afterwards', async (t) => {
    const made = await make()
    await happen(made)
    await disableWebhook(database, made.named.webhookId)
    t.equal(await isDue(made), false)
    t.same(await claim(made), [])
    t.match(await updateWebhook(database, made.named, { enabled: true }), { disabledAt: null })
    t.equal(await isDue(made), true)
    const { id } = await makeImage(database, made.owner)
    await updateUser(database, made.owner.id, { disabled: true }, BY)
    t.equal(await isDue(made), false)
    t.same(await claim(made), [])
    await failDerivation(database, id, 'TT_IMAGE_CORRUPT', ['h200'])
    await updateUser(database, made.owner.id, { disabled: false }, BY)
    t.equal((await claim(made)).length, 1, 'and what happened meanwhile is not told')
  })
})

t.test('one with much to be told does not hide another', async (t) => {
  const [much, little] = [await make(), await make()]
  await happen(much, 20)
  await happen(little)
  const due = await listDueWebhooks(database)
  t.equal(due.filter((id) => id === much.named.webhookId).length, 1)
  t.ok(due.includes(little.named.webhookId))
})

t.test('two secrets sign after a rotation, and one after its time', async (t) => {
  const made = await make()
  await happen(made, 2)
  const rotation = { secret: 'second', overlapSeconds: 3600 }
  t.type(await rotateWebhookSecret(database, made.named, rotation), Date)
  t.match(await claim(made, 1), [{ secrets: ['second', 'first'] }])
  await rotateWebhookSecret(database, made.named, { secret: 'third', overlapSeconds: 0 })
  const [claimed] = await claim(made, 1)
  t.strictSame(claimed?.secrets, ['third'])
  t.equal(await rotateWebhookSecret(database, { ...made.named, userId: uuidv7() }, rotation), undefined)
})

t.test('replays', async (t) => {
  const made = await make()
  await happen(made, 4)
  const claimed = await claim(made)
  await settleDeliveries(
    database,
    claimed.map(({ id, attempt }, n) => ({
      ...{ id, attempt, status: 500, failure: null },
      next: n === 0 ? 'delivered' : 'dead',
    })),
  )
  const nobody = { ...made.named, userId: uuidv7() }
  const [delivered] = claimed
  t.equal(await replayDelivery(database, nobody, delivered?.id ?? ''), undefined)
  t.match(await replayDelivery(database, made.named, delivered?.id ?? ''), { state: 'pending', attempts: 0 })
  t.equal(await replayDeadDeliveries(database, nobody, { limit: 10 }), undefined)
  const before = new Date(0)
  t.equal(await replayDeadDeliveries(database, made.named, { to: before, limit: 10 }), 0)
  t.equal(await replayDeadDeliveries(database, made.named, { from: before, limit: 2 }), 2)
  t.equal(await replayDeadDeliveries(database, made.named, { limit: 2 }), 1)
  t.equal((await claim(made)).length, 4)
})

t.test('tests of a webhook', async (t) => {
  const made = await make()
  t.match(await queueTestDelivery(database, made.named), {
    outcome: 'queued',
    delivery: { type: 'webhook.test', imageId: null },
  })
  t.match(await claim(made), [{ type: 'webhook.test' }])
  t.match(await queueTestDelivery(database, { ...made.named, userId: uuidv7() }), { outcome: 'not-found' })
  await updateWebhook(database, made.named, { enabled: false })
  t.match(await queueTestDelivery(database, made.named), { outcome: 'disabled' })
})

t.test('a webhook is its owner’s alone', async (t) => {
  const made = await make()
  const nobody = { ...made.named, userId: (await makeUser(database)).id }
  t.equal(await findWebhook(database, nobody), undefined)
  t.equal(await updateWebhook(database, nobody, { url: 'https://evil.example/' }), undefined)
  t.equal(await listDeliveries(database, nobody, { limit: 1 }), undefined)
  t.equal(await deleteWebhook(database, nobody), false)
  t.same(await listWebhooks(database, nobody.userId), [])
  t.match(await findWebhook(database, made.named), { url: 'https://receiver.example/' })
  t.match(await updateWebhook(database, made.named, {}), { url: 'https://receiver.example/' })
  await happen(made)
  t.equal(await deleteWebhook(database, made.named), true)
  t.equal(await deleteWebhook(database, made.named), false)
  t.equal(await listDeliveries(database, made.named, { limit: 1 }), undefined)
})

t.test('there are at most so many, however many are made at once', async (t) => {
  const owner = await makeUser(database)
  const fields = { userId: owner.id, url: 'https://a.example/', description: '', secret: '' }
  const makeOne = () => createWebhook(database, { ...fields, id: uuidv7(), types: ['image.ready'] }, 3)
  const outcomes = await Promise.all(Array.from({ length: 5 }, makeOne))
  t.equal(outcomes.filter(({ outcome }) => outcome === 'created').length, 3)
  t.equal(outcomes.filter(({ outcome }) => outcome === 'too-many').length, 2)
  await database.db.execute(sql`UPDATE users SET is_demo = true WHERE id = ${owner.id}`)
  t.match(await makeOne(), { outcome: 'demo-user' })
  await updateUser(database, owner.id, { disabled: true }, BY)
  t.match(await makeOne(), { outcome: 'user-gone' })
})

t.test('uses of links', async (t) => {
  const made = await make(['link.used'])
  const link = async (owner: User) => {
    const { id: imageId } = await makeImage(database, owner)
    const made = await createLink(database, {
      ...{ id: uuidv7(), ownerId: owner.id, imageId, target: 'original', expiresInSeconds: 600 },
    })
    return made?.id ?? ''
  }
  const watched = await link(made.owner)
  const unwatched = await link((await make(['image.ready'])).owner)
  t.match(await findLiveLink(database, watched), { isWatched: true })
  t.match(await findLiveLink(database, unwatched), { isWatched: false })
  await recordLinkUses(database, [watched, watched, uuidv7()])
  t.match(await claim(made), [
    { type: 'link.used', detail: { linkId: watched } },
    { type: 'link.used', detail: { linkId: watched } },
  ])
  await updateWebhook(database, made.named, { enabled: false })
  t.match(await findLiveLink(database, watched), { isWatched: false })
})

t.test('old messages are forgotten, a batch at a time', async (t) => {
  const made = await make()
  await happen(made, 6)
  const claimed = await claim(made)
  const ends = ['delivered', 'delivered', 'dead', 'dead', 0, 0] as const
  await settleDeliveries(
    database,
    claimed.map(({ id, attempt }, n) => ({ id, attempt, status: null, failure: null, next: ends[n] ?? 0 })),
  )
  const age = (n: number, column: string, days: number) =>
    database.db.execute(
      `UPDATE webhook_deliveries SET ${column} = now() - interval '${days} days' WHERE id = '${claimed[n]?.id}'`,
    )
  await age(0, 'ended_at', 6)
  await age(1, 'ended_at', 8)
  await age(2, 'ended_at', 29)
  await age(3, 'ended_at', 31)
  await age(4, 'next_attempt_at', 29)
  await age(5, 'next_attempt_at', 31)
  t.equal(await forgetOldDeliveries(database, 2), 2)
  t.equal(await forgetOldDeliveries(database, 2), 1)
  t.equal(await forgetOldDeliveries(database, 2), 0)
  const kept = [0, 2, 4].map((n) => claimed[n]?.id)
  t.same((await list(made)).map(({ id }) => id).toSorted(), kept.toSorted())
})
