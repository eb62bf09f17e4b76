import t from 'tap'
import { createMetrics, registerMetrics } from '../src/index.ts'
import { createTestServer } from './fixtures.ts'

t.test('requests are counted under their route’s pattern', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  registerMetrics(app, createMetrics('test'))
  app.get('/v1/images/:id', async () => 'hello')
  for (const id of ['id-1', 'id-2', 'id-3']) await app.inject(`/v1/images/${id}`)
  await app.inject('/nowhere/id-4')
  await app.inject({ method: 'POST', url: '/nowhere/id-5' })

  const answer = await app.inject('/metrics')
  t.match(answer.headers['content-type'], /^text\/plain/)
  const counts = answer.body
    .split('\n')
    .filter((line) => line.startsWith('tintype_http_request_duration_seconds_count'))
  t.strictSame(counts.toSorted(), [
    'tintype_http_request_duration_seconds_count{service="test",method="GET",route="/v1/images/:id",status="200"} 3',
    'tintype_http_request_duration_seconds_count{service="test",method="GET",route="none",status="404"} 1',
    'tintype_http_request_duration_seconds_count{service="test",method="POST",route="none",status="404"} 1',
  ])
  t.match(answer.body, /^tintype_process_cpu_seconds_total/m)
  t.notMatch(answer.body, /id-[1-5]/)
})

t.test('each service has metrics of its own', async (t) => {
  const [one, two] = [createTestServer(), createTestServer()]
  for (const app of [one, two]) {
    t.teardown(() => app.close())
    registerMetrics(app, createMetrics('test'))
    app.get('/', async () => 'hello')
  }
  await one.inject('/')
  t.match((await one.inject('/metrics')).body, 'route="/"')
  t.notMatch((await two.inject('/metrics')).body, 'route="/"')
})
