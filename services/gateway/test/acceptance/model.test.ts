import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '@tintype/database'
import { createObjectStore } from '@tintype/object-store'
import { type Answer, createClient, createUser, type ImageBody, photo, type TestUser } from '@tintype/testkit'
import fc from 'fast-check'
import t from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import {
  type Expected,
  expectedOfRead,
  expectedOfVisit,
  type Grants,
  grantedBy,
  grantsOf,
  type Model,
  type Step,
  steps,
} from './model.ts'
import { sharedStack } from './stack.ts'

/** As many random histories as fit a test run; more with MODEL_RUNS, others with MODEL_SEED. */
const RUNS = Number(process.env.MODEL_RUNS ?? 4)
const SEED = Number(process.env.MODEL_SEED ?? 20_261_124)
const MADE_WITHIN_MS = 20_000

const stack = await sharedStack()
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()
const anybody = createClient(stack.url)
const database = openDatabase(stack.databaseUrl)
t.teardown(() => database.close())
const store = await createObjectStore(stack.storeUrl)
t.teardown(() => store.close())
const bytes = await photo({ width: 240, height: 160 })

const NOTHING: Grants = {
  thumbnailHeights: [],
  originalAccess: false,
  conversionFormats: [],
  linkAccess: false,
  generation: 'lazy',
}

t.test('what is served is what the model grants', async (t) => {
  let visited = 0
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const world = await createWorld()
      for (const step of history) visited += await world.take(step)
    }),
    // A history is long and its end is what failed: shorter ones take a stack's minutes to find.
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  )
  t.ok(visited > RUNS * 10, `${visited} answers were compared`)
})

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)

/** Two tiers and three users of their own, and what becomes of them. */
async function createWorld() {
  const model: Model = { tiers: new Map(), tierOf: new Map(), ownerOf: new Map(), links: [] }
  const users: TestUser[] = []
  for (let n = 0; n < 2; n += 1) {
    const name = `tier ${crypto.randomUUID()}`
    const made = await admin.post<{ id: string }>('/v1/admin/tiers', { name, ...NOTHING, linkMinSeconds: 1 })
    if (made.status !== 201) throw new Error(made.bytes.toString())
    model.tiers.set(made.body.id, NOTHING)
  }
  const tierIds = [...model.tiers.keys()]
  for (let n = 0; n < 3; n += 1) {
    const tier = pick(tierIds, n)
    const user = await createUser(admin, { tier })
    users.push(user)
    model.tierOf.set(user.id, tier)
  }

  /** @returns how many answers were compared. */
  async function take(step: Step): Promise<number> {
    const images = [...model.ownerOf.keys()]
    const user = 'user' in step ? pick(users, step.user) : undefined
    const imageId = 'image' in step && images.length > 0 ? pick(images, step.image) : undefined
    switch (step.do) {
      case 'edit tier': {
        const id = pick(tierIds, step.tier)
        await succeeds(admin.patch(`/v1/admin/tiers/${id}`, step.grants))
        model.tiers.set(id, step.grants)
        return 0
      }
      case 'move user': {
        const tier = pick(tierIds, step.tier)
        await succeeds(admin.patch(`/v1/admin/users/${user?.id}`, { tier }))
        if (user !== undefined) model.tierOf.set(user.id, tier)
        return 0
      }
      case 'upload': {
        if (user === undefined) return 0
        const image = await user.client.uploadOne({ filename: 'a.jpg', bytes })
        model.ownerOf.set(image.id, user.id)
        return 0
      }
      case 'read': {
        if (imageId === undefined) return 0
        const owner = users.find((one) => one.id === model.ownerOf.get(imageId))
        const reader = step.by === 'owner' ? owner : pick(users, step.by)
        if (reader === undefined) return 0
        await same(expectedOfRead(model, reader.id, imageId, step.target), step, () =>
          reader.client.get(pathOf(imageId, step.target)),
        )
        return 1
      }
      case 'look':
        if (user === undefined || imageId === undefined) return 0
        await look(user, imageId)
        return 1
      case 'evict':
        if (imageId !== undefined) await evict(imageId, `h${step.height}`)
        return 0
      case 'transfer':
        if (user === undefined || imageId === undefined) return 0
        await succeeds(admin.patch(`/v1/admin/images/${imageId}`, { owner: user.id }))
        if (model.ownerOf.get(imageId) !== user.id) end(imageId)
        model.ownerOf.set(imageId, user.id)
        return 0
      case 'delete': {
        const owner = users.find((one) => one.id === model.ownerOf.get(imageId ?? ''))
        if (owner === undefined || imageId === undefined) return 0
        await succeeds(owner.client.delete(`/v1/images/${imageId}`))
        end(imageId)
        model.ownerOf.delete(imageId)
        return 0
      }
      case 'make link':
        return imageId === undefined ? 0 : makeLink(imageId, step.target)
      case 'visit': {
        if (model.links.length === 0) return 0
        const link = pick(model.links, step.link)
        await same(expectedOfVisit(model, link), step, () => anybody.get(new URL(link.url).pathname))
        return 1
      }
    }
  }

  async function look(user: TestUser, imageId: string): Promise<void> {
    const answer = await user.client.get<ImageBody & { conversions?: object }>(`/v1/images/${imageId}`)
    if (model.ownerOf.get(imageId) !== user.id) return expectStatus(answer, [404], 'look')
    const grants = grantsOf(model, user.id)
    const shown = {
      thumbnails: Object.keys(answer.body.thumbnails)
        .map(Number)
        .sort((a, b) => a - b),
      original: 'original' in answer.body,
      conversions: Object.keys(answer.body.conversions ?? {}).sort(),
      links: 'linksUrl' in answer.body,
    }
    const granted = {
      thumbnails: grants.thumbnailHeights,
      original: grants.originalAccess,
      conversions: grants.conversionFormats.toSorted(),
      links: grants.linkAccess,
    }
    if (JSON.stringify(shown) !== JSON.stringify(granted)) {
      throw new Error(`shown ${JSON.stringify(shown)}, granted ${JSON.stringify(granted)}`)
    }
  }

  async function makeLink(imageId: string, target: string): Promise<number> {
    const owner = users.find((one) => one.id === model.ownerOf.get(imageId))
    if (owner === undefined) return 0
    const grants = grantsOf(model, owner.id)
    const answer = await owner.client.post<{ url: string }>(`/v1/images/${imageId}/links`, {
      target,
      expiresIn: 3600,
    })
    expectStatus(answer, [grants.linkAccess && grantedBy(grants, target) ? 201 : 403], `link to ${target}`)
    if (answer.status === 201) model.links.push({ imageId, target, url: answer.body.url, isOver: false })
    return 1
  }

  function end(imageId: string): void {
    for (const link of model.links) if (link.imageId === imageId) link.isOver = true
  }

  return { take }
}

/** As the sweep does it: the row first, then the object. */
async function evict(imageId: string, name: string): Promise<void> {
  const gone = await database.db.execute<{ object_key: string }>(
    `DELETE FROM renditions WHERE image_id = '${imageId}' AND name = '${name}' AND object_key IS NOT NULL
     RETURNING object_key`,
  )
  for (const row of gone) await store.delete(row.object_key)
}

/** Compares an answer with what is expected. What is granted may be in the making for a while. */
async function same(expected: Expected, step: Step, ask: () => Promise<Answer<unknown>>): Promise<void> {
  const deadline = performance.now() + MADE_WITHIN_MS
  for (;;) {
    const answer = await ask()
    const isWaiting = answer.status === 202 || (step.do === 'visit' && answer.status === 503)
    if (expected !== 'granted' || !isWaiting || performance.now() > deadline) {
      const status = { granted: 200, 'not-granted': 403, 'not-there': 404 }[expected]
      return expectStatus(answer, [status], JSON.stringify(step))
    }
    await delay(100)
  }
}

function expectStatus(answer: Answer<unknown>, statuses: number[], what: string): void {
  if (!statuses.includes(answer.status)) {
    throw new Error(
      `${what}: expected ${statuses}, got ${answer.status} ${answer.bytes.toString('utf8', 0, 300)}`,
    )
  }
}

async function succeeds(asked: Promise<Answer<unknown>>): Promise<void> {
  const answer = await asked
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.bytes.toString()}`)
}

function pathOf(imageId: string, target: string): string {
  const [kind, format] = target.split('.')
  if (kind === 'original') return `/v1/images/${imageId}/original`
  return kind === 'full'
    ? `/v1/images/${imageId}/conversions/${format}`
    : `/v1/images/${imageId}/thumbnails/${target.slice(1)}`
}

function pick<T>(list: readonly T[], index: number): T {
  const one = list[index % list.length]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}
