import t from 'tap'
import { type Dependency, registerHealth } from '../src/index.ts'
import { createTestServer } from './fixtures.ts'

const there = async () => {}
const away = () => Promise.reject(new Error('secret'))
const hanging = () => new Promise<void>(() => {})

async function readiness(dependencies: Record<string, Dependency>) {
  const app = createTestServer()
  registerHealth(app, dependencies)
  const answer = await app.inject('/readyz')
  await app.close()
  return { status: answer.statusCode, body: answer.json() }
}

t.test('a process that answers is alive, whatever it stands on', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  registerHealth(app, { database: { check: hanging, required: true } })
  const answer = await app.inject('/healthz')
  t.equal(answer.statusCode, 200)
  t.strictSame(answer.json(), { status: 'ok' })
})

t.test('readiness', async (t) => {
  t.strictSame(
    await readiness({ database: { check: there, required: true }, queue: { check: there, required: false } }),
    { status: 200, body: { status: 'ready', dependencies: { database: 'ok', queue: 'ok' } } },
  )
  t.strictSame(
    await readiness({ database: { check: there, required: true }, queue: { check: away, required: false } }),
    { status: 200, body: { status: 'degraded', dependencies: { database: 'ok', queue: 'unavailable' } } },
  )
  t.strictSame(
    await readiness({ database: { check: away, required: true }, queue: { check: there, required: false } }),
    { status: 503, body: { status: 'unavailable', dependencies: { database: 'unavailable', queue: 'ok' } } },
  )
  t.strictSame(
    await readiness({
      database: { check: hanging, required: true },
      queue: { check: hanging, required: false },
    }),
    {
      status: 503,
      body: { status: 'unavailable', dependencies: { database: 'unavailable', queue: 'unavailable' } },
    },
    'what does not answer is not there',
  )
})
