import { Readable } from 'node:stream'
import createError from '@fastify/error'
import { openDatabase } from '@tintype/database'
import { StoreUnavailable as StoreFault } from '@tintype/object-store'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { toErrorBody } from '../src/error-handler.ts'
import { BadRequest, Busy, Forbidden, logFault, NotFound, Unauthorized, withDetails } from '../src/index.ts'
import { createTestServer, recordLog } from './fixtures.ts'

const INTERNAL = {
  statusCode: 500,
  code: 'TT_INTERNAL',
  error: 'Internal Server Error',
  message: 'Something went wrong on our side. The log knows it by the request id.',
}

/** How a route that throws is answered. */
async function answerTo(t: Test, thrown: unknown) {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', async () => {
    throw thrown
  })
  const answer = await app.inject('/')
  return { status: answer.statusCode, headers: answer.headers, body: answer.json(), logged: app.logged }
}

t.test('our own errors are answered as they are', async (t) => {
  t.strictSame(toErrorBody(new NotFound()), {
    statusCode: 404,
    code: 'TT_NOT_FOUND',
    error: 'Not Found',
    message: 'There is nothing here.',
  })
  t.match(toErrorBody(new Forbidden('The tier has no 50% links.')), {
    statusCode: 403,
    code: 'TT_FORBIDDEN',
    message: 'The tier has no 50% links.',
  })
  t.match(toErrorBody(new Unauthorized()), { statusCode: 401, code: 'TT_UNAUTHORIZED' })
  const detailed = withDetails(new BadRequest('too long'), { field: 'title', maxLength: 3 })
  t.strictSame(toErrorBody(detailed), {
    statusCode: 400,
    code: 'TT_BAD_REQUEST',
    error: 'Bad Request',
    message: 'too long',
    details: { field: 'title', maxLength: 3 },
  })
})

t.test('what is not ours to explain shows nothing of itself', async (t) => {
  const internal = createError('FST_ERR_SECRET', 'secret', 500)
  const thrown = [
    new Error('secret'),
    Object.assign(new Error('secret'), { statusCode: 502, code: 'ESECRET' }),
    Object.assign(new Error('secret'), { code: 20 }),
    new DOMException('secret', 'AbortError'),
    new internal(),
    'secret',
    { secret: true },
    null,
    undefined,
  ]
  for (const error of thrown) t.strictSame(toErrorBody(error), INTERNAL, String(error))
  for (const error of thrown.slice(0, 5)) {
    const { status, body, headers, logged } = await answerTo(t, error)
    t.equal(status, 500)
    t.strictSame(body, INTERNAL)
    t.ok(headers['x-request-id'])
    t.ok(
      logged.lines.some((line) => line.level === 50 && line.reqId === headers['x-request-id']),
      'the log knows it by the request id',
    )
  }
})

t.test('a store that is away is a 503 that says when to try again', async (t) => {
  const database = openDatabase('postgres://user:secret@127.0.0.1:1/secret')
  t.teardown(() => database.close())
  const away = await database.ping().catch((error: unknown) => error)
  const db = await answerTo(t, away)
  t.match(db, { status: 503, headers: { 'retry-after': '5' }, body: { code: 'TT_DATABASE_UNAVAILABLE' } })
  const store = await answerTo(t, new StoreFault('read secret', new Error('secret')))
  t.match(store, { status: 503, headers: { 'retry-after': '5' }, body: { code: 'TT_STORE_UNAVAILABLE' } })
  for (const { body } of [db, store]) t.notMatch(JSON.stringify(body), 'secret')
  t.notOk((await answerTo(t, new NotFound())).headers['retry-after'])
})

t.test('requests that do not fit their schema', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  const schema = {
    body: Type.Object(
      {
        title: Type.String({ maxLength: 3 }),
        tier: Type.Object({ heights: Type.Array(Type.Integer({ maximum: 4096 })) }),
      },
      { additionalProperties: false },
    ),
    querystring: Type.Object({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })) }),
  }
  app.post('/', { schema }, async ({ query }) => query)
  const post = async (payload: object | string, query = '') => {
    const headers = { 'content-type': 'application/json' }
    const answer = await app.inject({ method: 'POST', url: `/${query}`, headers, payload })
    return { status: answer.statusCode, ...(answer.json() as Record<string, unknown>) }
  }
  const good = { title: 'abc', tier: { heights: [200] } }

  t.strictSame(await post(good, '?limit=5'), { status: 200, limit: 5 })
  t.match(await post({ ...good, title: 'abcd' }), {
    status: 400,
    code: 'TT_VALIDATION',
    message: 'title: must NOT have more than 3 characters',
    details: [{ field: 'title' }],
  })
  t.match(await post({ ...good, tier: { heights: [1, 9999] } }), { details: [{ field: 'tier.heights.1' }] })
  t.match(await post({ ...good, tier: {} }), { details: [{ field: 'tier.heights', message: /required/ }] })
  t.match(await post({ ...good, admin: true }), { status: 400, details: [{ field: 'admin' }] })
  t.match(await post(good, '?limit=0'), {
    status: 400,
    details: [{ field: 'limit', message: 'must be >= 1' }],
  })
  t.match(await post(good, '?limit=x'), { status: 400, details: [{ field: 'limit' }] })
  t.match(await post({ tier: { heights: 'x' } }), {
    details: [{ field: 'title' }, { field: 'tier.heights' }],
  })
  t.match(await post('[]'), { status: 400, message: 'body: must be object', details: [{ field: '' }] })
})

t.test('what the framework refuses has our codes', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.post('/', async () => 'ok')
  app.get('/things/:id', async () => 'ok')
  const post = (contentType: string, payload: string) =>
    app.inject({ method: 'POST', url: '/', headers: { 'content-type': contentType }, payload })

  const answers = {
    malformed: await post('application/json', '{"secret": '),
    empty: await post('application/json', ''),
    'of another type': await post('text/secret', 'x'),
    'too large': await post('application/json', JSON.stringify('x'.repeat(65 * 1024))),
    poisoned: await post('application/json', '{"__proto__": {"admin": true}}'),
    nowhere: await app.inject('/secret'),
    'with another method': await app.inject({ method: 'DELETE', url: '/' }),
    'badly encoded': await app.inject('/things/%secret'),
    endless: await app.inject(`/things/${'secret'.repeat(1000)}`),
  }
  const codes: Record<keyof typeof answers, [number, string]> = {
    malformed: [400, 'TT_BAD_REQUEST'],
    empty: [400, 'TT_BAD_REQUEST'],
    'of another type': [415, 'TT_UNSUPPORTED_MEDIA_TYPE'],
    'too large': [413, 'TT_BODY_TOO_LARGE'],
    poisoned: [400, 'TT_BAD_REQUEST'],
    nowhere: [404, 'TT_NOT_FOUND'],
    'with another method': [404, 'TT_NOT_FOUND'],
    'badly encoded': [404, 'TT_NOT_FOUND'],
    endless: [404, 'TT_NOT_FOUND'],
  }
  for (const [name, answer] of Object.entries(answers)) {
    const [statusCode, code] = codes[name as keyof typeof answers]
    t.equal(answer.statusCode, statusCode, name)
    t.match(answer.json(), { statusCode, code, error: String, message: String }, name)
    t.notMatch(answer.body, /secret|FST_|stack/, name)
    t.equal(answer.headers['x-content-type-options'], 'nosniff', name)
    t.ok(answer.headers['x-request-id'], name)
  }
})

t.test('a stream that breaks off before its first byte', async (t) => {
  const app = createTestServer()
  t.teardown(() => app.close())
  app.get('/', async (_request, reply) => {
    const body = new Readable({
      read() {
        setImmediate(() => body.destroy(new StoreFault('get', new Error('reset'))))
      },
    })
    return reply.type('application/zip').header('content-length', 1000).send(body)
  })
  const answer = await app.inject('/')
  t.match(answer, { statusCode: 503, headers: { 'content-type': /^application\/json/, 'retry-after': '5' } })
  t.match(answer.json(), { code: 'TT_STORE_UNAVAILABLE' })
})

t.test('what is refused on purpose is no fault, and what is a fault is told whole', async (t) => {
  const { log, lines } = recordLog()
  for (const error of [new Busy(), new StoreFault('put', new Error('reset'))]) {
    logFault(log, error, toErrorBody(error), 'a file could not be taken')
  }
  t.match(lines, [
    { level: 40, code: 'TT_BUSY', err: undefined },
    { level: 50, code: 'TT_STORE_UNAVAILABLE', err: {}, msg: 'a file could not be taken' },
  ])
})
