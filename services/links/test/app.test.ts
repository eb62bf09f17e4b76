import t from 'tap'
import { createLinksApp } from '../src/app.ts'
import { issue, pathOf, startStage } from './stage.ts'

const stage = await startStage(t)

interface Operation {
  tags: string[]
  summary: string
  security?: object[]
  parameters?: { in: string; name: string }[]
  requestBody?: object
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

t.test('the document of the API', async (t) => {
  const answer = await stage.visitor.get<{
    openapi: string
    paths: Record<string, Record<string, Operation>>
  }>('/docs/json')
  t.equal(answer.status, 200)
  t.equal(answer.body.openapi, '3.1.0')
  const operations = Object.entries(answer.body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
  )
  const responses = Object.fromEntries(
    operations
      .filter(({ operation }) => operation.tags.includes('links'))
      .map(({ name, operation }) => [name, Object.keys(operation.responses).join(' ')]),
  )
  t.same(responses, {
    'post /v1/images/{id}/links': '201 400 401 403 404 413 415 422 429 503',
    'get /v1/images/{id}/links': '200 400 401 403 404 429 503',
    'delete /v1/images/{id}/links': '204 400 401 403 404 413 415 429 503',
    'delete /v1/links/{id}': '204 400 401 403 404 413 415 429 503',
    'get /l/{token}': '200 206 304 401 403 404 416 422 429 503',
    'head /l/{token}': '200 206 304 401 403 404 416 422 429 503',
  })
  for (const { name, operation } of operations) {
    t.ok(operation.summary, `${name} says what it is`)
    if (name.includes('/v1/')) t.match(operation.security, [{ bearer: [] }], `${name} wants a token`)
  }
})

t.test('health', async (t) => {
  t.same((await stage.visitor.get('/healthz')).body, { status: 'ok' })
  const ready = await stage.visitor.get('/readyz')
  t.equal(ready.status, 200)
  t.same(ready.body, { status: 'ready', dependencies: { postgres: 'ok', redis: 'ok', store: 'ok' } })
})

t.test('metrics name no link', async (t) => {
  const owner = await stage.addOwner()
  const link = await issue(owner, await stage.addImage(owner))
  t.equal((await stage.visitor.get(pathOf(link))).status, 200)
  const metrics = (await stage.visitor.get('/metrics')).bytes.toString()
  t.match(metrics, /http_request_duration_seconds_count\{[^}]*route="\/l\/:token"[^}]*status="200"/)
  t.notMatch(metrics, link.id)
  t.notMatch(metrics, pathOf(link).slice(3, 20))
})

t.test('forwarding headers are believed from whom they should be', async (t) => {
  /** How forged links are answered when each says that it comes from another address. */
  async function answersTo(trustProxy: boolean | string): Promise<number[]> {
    const app = await createLinksApp({ ...stage.dependencies, trustProxy })
    t.teardown(() => app.close())
    const statuses = new Set<number>()
    for (let n = 1; n <= 40; n += 1) {
      const headers = { 'x-forwarded-for': `192.0.2.${n}` }
      statuses.add((await app.inject({ url: '/l/x', headers })).statusCode)
    }
    return [...statuses]
  }
  t.same(await answersTo('loopback'), [404])
  t.same(await answersTo('10.0.0.0/8'), [404, 429])
  t.same(await answersTo(false), [404, 429])
})
