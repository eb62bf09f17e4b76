import { connectRedis, createLogger, disconnectRedis } from '@tintype/service-kit'
import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { createFailureCounts, createLocalCounts, type FailureCounts } from '../../src/auth/failure-counts.ts'
import { createLoginLimit } from '../../src/auth/login-limit.ts'

const log = createLogger('test', 'silent')
const server = await startTestRedis(t)

async function connect() {
  const options = { enableOfflineQueue: false, commandTimeout: 1000, maxRetriesPerRequest: null }
  const redis = connectRedis(server.url, options, log)
  t.teardown(() => disconnectRedis(redis))
  await poll(() => redis.status === 'ready', { waitingFor: 'Redis' })
  return createFailureCounts(redis, log)
}

const LIMITS = { windowMs: 60_000, accountFromAddress: 3, account: 8, address: 6 }
const HERE = '192.0.2.1'

/** A login page whose every password is wrong unless told. */
function openDoor(counts: FailureCounts) {
  const limit = createLoginLimit(counts, LIMITS)
  let checks = 0
  const knock = async (account: string, address: string, right = false, familiar = false) => {
    const attempt = { account, address, isFamiliar: async () => familiar }
    const outcome = await limit(attempt, async () => {
      checks += 1
      return right ? 'in' : undefined
    })
    return outcome.outcome === 'locked' ? outcome.retryAfterSeconds : (outcome.value ?? 'wrong')
  }
  return { knock, checks: () => checks }
}

const backends = { Redis: await connect(), 'this process': createLocalCounts() }
for (const [name, counts] of Object.entries(backends)) {
  const named = (account: string) => `${account}-${name}`

  t.test(`${name}: an account is guessed at from one address so often`, async (t) => {
    const { knock, checks } = openDoor(counts)
    const ann = named('ann')
    const answers = await Promise.all(Array.from({ length: 50 }, () => knock(ann, HERE)))
    t.equal(answers.filter((answer) => answer === 'wrong').length, 3, 'exactly, however many at once')
    t.equal(checks(), 3, 'nothing is checked after that')
    for (const answer of answers.slice(3)) t.ok(Number(answer) > 0 && Number(answer) <= 60)
    t.ok(Number(await knock(ann.toUpperCase(), HERE, true)) > 0, 'not even the right one, in any case')
    t.equal(await knock(ann, '192.0.2.2', true), 'in', 'its owner signs in from elsewhere')
    t.equal(await knock(named('bob'), HERE, true), 'in', 'and others from there')
  })

  t.test(`${name}: right passwords never count`, async (t) => {
    const { knock } = openDoor(counts)
    const office = '198.51.100.1'
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => knock(named(`worker-${i % 10}`), office, true)),
    )
    t.ok(answers.every((answer) => answer === 'in'))
    t.equal(await knock(named('worker-1'), office), 'wrong')
    t.equal(await knock(named('worker-1'), office, true), 'in')
  })

  t.test(`${name}: one address that tries everybody is stopped`, async (t) => {
    const { knock } = openDoor(counts)
    const sprayer = name === 'Redis' ? '203.0.113.1' : '203.0.113.2'
    for (let i = 0; i < 6; i += 1) t.equal(await knock(named(`victim-${i}`), sprayer), 'wrong')
    t.ok(Number(await knock(named('victim-7'), sprayer)) > 0)
    t.equal(await knock(named('victim-7'), '203.0.113.9', true), 'in', 'they sign in from elsewhere')
    const colleague = () => knock(named('colleague'), sprayer, true, true)
    t.equal(await colleague(), 'in', 'and there, who has done so before')
    for (let i = 0; i < 3; i += 1) t.equal(await knock(named('colleague'), sprayer, false, true), 'wrong')
    t.ok(Number(await colleague()) > 0, 'until they are guessed at from there')
  })

  t.test(`${name}: many addresses that try one account are stopped`, async (t) => {
    const { knock } = openDoor(counts)
    const dora = named('dora')
    for (let i = 0; i < 8; i += 1) t.equal(await knock(dora, `2001:db8:${name.length}:${i}::1`), 'wrong')
    t.ok(Number(await knock(dora, '2001:db8:0:99::1')) > 0)
    t.equal(await knock(dora, '2001:db8:0:100::1', true, true), 'in', 'not where they have signed in before')
  })
}

t.test('a check that fails to be made does not count', async (t) => {
  const limit = createLoginLimit(createLocalCounts(), LIMITS)
  const attempt = { account: 'eve', address: HERE, isFamiliar: async () => false }
  for (let i = 0; i < 10; i += 1) {
    await t.rejects(
      limit(attempt, () => Promise.reject(new Error('busy'))),
      { message: 'busy' },
    )
  }
  t.strictSame(await limit(attempt, async () => 'in'), { outcome: 'checked', value: 'in' })
})

t.test('failures are forgotten after the window', async (t) => {
  let now = 0
  const counts = createLocalCounts(() => now)
  const { knock } = openDoor(counts)
  for (let i = 0; i < 3; i += 1) await knock('finn', HERE)
  now = 59_000
  t.equal(await knock('finn', HERE, true), 1)
  now = 60_000
  t.equal(await knock('finn', HERE, true), 'in')
})

t.test('replicas count together, and each alone while Redis is away', async (t) => {
  const doors = [openDoor(await connect()), openDoor(await connect())]
  for (let i = 0; i < 3; i += 1) t.equal(await doors[i % 2]?.knock('gil', HERE), 'wrong')
  t.ok(Number(await doors[0]?.knock('gil', HERE)) > 0)
  t.ok(Number(await doors[1]?.knock('gil', HERE)) > 0)
  await server.stop()
  const answers = []
  for (let i = 0; i < 5; i += 1) answers.push(await doors[0]?.knock('hal', HERE))
  t.strictSame(answers.slice(0, 3), ['wrong', 'wrong', 'wrong'])
  t.ok(
    answers.slice(3).every((answer) => Number(answer) > 0),
    'limited in the process',
  )
  t.equal(await doors[0]?.knock('ivy', HERE, true), 'in')
})
