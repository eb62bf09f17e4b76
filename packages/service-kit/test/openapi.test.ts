import '@fastify/swagger'
import t from 'tap'
import { Type } from 'typebox'
import { bearer, errors, IdParams, NotFound, registerOpenApi, registerOpenApiDocument } from '../src/index.ts'
import { createTestServer } from './fixtures.ts'

t.test('the document is made from the routes’ own schemas', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  await registerOpenApi(app, { title: 'Test', version: '1.2.3', description: 'A test' })
  const schema = {
    tags: ['images'],
    summary: 'One image',
    security: bearer,
    params: IdParams,
    querystring: Type.Object({ format: Type.String(), size: Type.Integer({ default: 20 }) }),
    response: { 200: Type.Object({ id: Type.String() }), ...errors(401, 404) },
  }
  app.get('/v1/images/:id', { schema }, async ({ params }) => {
    if (params.id === 'none') throw new NotFound()
    return { id: params.id, secret: 'not declared' }
  })
  app.get('/untagged', async () => 'hidden')
  registerOpenApiDocument(app)

  const document = (await app.inject('/docs/json')).json()
  t.match(document, {
    openapi: '3.1.0',
    info: { title: 'Test', version: '1.2.3' },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'tintype_access' },
      },
    },
  })
  t.strictSame(Object.keys(document.paths), ['/v1/images/{id}'])
  const { get } = document.paths['/v1/images/{id}']
  t.match(get, { summary: 'One image', security: [{ bearer: [] }, { apiKey: [] }, { cookie: [] }] })
  t.strictSame(Object.keys(get.responses), ['200', '401', '404'])
  t.match(
    get.parameters.filter((one: { in: string }) => one.in === 'query'),
    [
      { name: 'format', required: true },
      { name: 'size', required: false, schema: { default: 20 } },
    ],
    'what has a default need not be sent',
  )
  t.strictSame(
    (await app.inject('/v1/images/one?format=x')).json(),
    { id: 'one' },
    'and what is not declared is not sent',
  )
  t.match((await app.inject('/v1/images/none?format=x')).json(), { code: 'TT_NOT_FOUND', message: String })
})

t.test('its groups are those that routes name', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  await registerOpenApi(app, { title: 'Test', version: '1', description: '' })
  await app.ready()
  const names = app.swagger().tags?.map((tag) => tag.name)
  t.ok(names?.includes('images'))
  t.equal(new Set(names).size, names?.length)
})
