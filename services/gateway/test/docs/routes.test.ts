import { Validator } from '@seriousme/openapi-schema-validator'
import { createClient } from '@tintype/testkit'
import t from 'tap'
import { sharedGateway } from '../gateway.ts'
import { openConnection } from '../raw-http.ts'

interface Operation {
  summary?: string
  tags?: string[]
  security?: object[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema?: object }> }
  responses: Record<string, { description?: string; content?: object }>
}

const gateway = await sharedGateway()
const anybody = createClient(gateway.url)
const { body: document, status } = await anybody.get<{
  openapi: string
  info: { title: string }
  paths: Record<string, Record<string, Operation>>
}>('/docs/json')

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, operation })),
)

t.test('the document is valid OpenAPI 3.1', async (t) => {
  t.equal(status, 200)
  t.match(document, { openapi: '3.1.0', info: { title: 'Tintype' } })
  const result = await new Validator().validate(structuredClone(document))
  t.ok(result.valid, JSON.stringify(result.errors))
  const broken = await new Validator().validate({ ...structuredClone(document), info: {} })
  t.notOk(broken.valid, 'the validator can find fault')
})

t.test('every operation says what it takes and what it answers', async (t) => {
  t.ok(operations.length >= 17, `${operations.length} operations`)
  for (const { name, path, operation } of operations) {
    t.ok(operation.summary, `${name} has a summary`)
    t.equal(operation.tags?.length, 1, `${name} has its place`)
    const statuses = Object.keys(operation.responses)
    t.ok(
      statuses.some((code) => /^[23]/.test(code)),
      `${name} declares how it succeeds`,
    )
    t.notOk('default' in operation.responses, `${name} declares each answer`)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    const declared = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name)
    t.strictSame(declared, inPath, `${name} declares its path`)
    if (operation.security !== undefined) t.ok('401' in operation.responses, `${name} declares 401`)
    if (path.startsWith('/v1/admin')) t.ok('403' in operation.responses, `${name} declares 403`)
  }
})

t.test('an upload is described as what it is', async (t) => {
  const content = document.paths['/v1/images']?.post?.requestBody?.content ?? {}
  t.strictSame(Object.keys(content), ['multipart/form-data'])
  t.match(content['multipart/form-data']?.schema, { properties: { file: {}, title: {} } })
})

t.test('the pages', async (t) => {
  const page = await anybody.get('/docs/')
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html/)
  t.match(page.bytes.toString(), /swagger/i)
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, "default-src 'self'")
  t.match(policy, "frame-ancestors 'none'")
  t.notMatch(policy, /upgrade-insecure-requests|https?:|validator/, 'what it needs is here, also without TLS')
  const start = await anybody.get('/docs/static/swagger-initializer.js')
  t.match(start.bytes.toString(), /"validatorUrl":\s*null/)
  for (const path of ['/docs/static/../..', '/docs/static/..%2f..%2fpackage.json', '/docs/static/.env']) {
    const connection = await openConnection(t, gateway.url)
    await connection.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    t.match(await connection.answered(), { status: 404, body: { code: 'TT_NOT_FOUND' } }, path)
  }
  for (const [, asset = ''] of page.bytes.toString().matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)) {
    t.equal((await anybody.get(new URL(asset, `${gateway.url}/docs/`).pathname)).status, 200, asset)
  }
})
