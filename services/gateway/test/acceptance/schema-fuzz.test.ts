// In a process of its own: it does with its product whatever an administrator may.

import { createUser, type ProblemBody, photo, signIn, startStack } from '@tintype/testkit'
import fc from 'fast-check'
import t from 'tap'
import Schema from 'typebox/schema'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { type FuzzRequest, type Operation, requestsFor, type Things } from './schema-requests.ts'

/** As many requests to each operation as fit a test run; more with FUZZ_RUNS, others with FUZZ_SEED. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 8)
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_125)
const ANSWERED_WITHIN_MS = 60_000
const compiled = new Map<string, Schema.Validator>()

const stack = await startStack(t, { env: { ANONYMOUS_PER_MINUTE: '1000000' } })
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()
const operator = await createUser(admin, { tier: 'Enterprise', role: 'admin' })
const { client } = operator
const picture = new Uint8Array(await photo({ width: 90, height: 60 }))
const things = await makeThings()
const tokens: Record<FuzzRequest['caller'], string | undefined> = {
  operator: client.accessToken,
  key: await makeKey(),
  nobody: undefined,
  forger: `${client.accessToken?.slice(0, -8)}AAAAAAAA`,
}
const { body: document } = await client.get<{ paths: Record<string, Record<string, Operation>> }>(
  '/docs/json',
)

/** What ends things comes after what needs them, and what ends the session last. */
const LATE = [/^DELETE|\/delete$/, /\/v1\/auth\/sessions|change-password/, /logout/]
const operations = Object.entries(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
  .sort((a, b) => lateness(a.name) - lateness(b.name))

t.test('the document has the operations of both services', async (t) => {
  const names = operations.map(({ name }) => name)
  for (const name of ['POST /v1/images', 'POST /v1/images/{id}/links', 'GET /l/{token}'])
    t.ok(names.includes(name), name)
})

t.comment(`FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`)
for (const [index, { name, operation }] of operations.entries()) {
  t.test(name, async (t) => {
    const check = createCheck(name, operation)
    const statuses = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(requestsFor(name, operation, things), async (request) => {
        const status = await check(request)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }),
      // What was asked before is part of what failed: no shorter request is looked for.
      { numRuns: RUNS, seed: SEED + index, endOnFailure: true },
    )
    t.pass([...statuses].map(([status, count]) => `${status} × ${count}`).join(', '))
  })
}

t.test('conduct', (t) =>
  checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links, ...stack.workers] }),
)

/** Asks, and throws unless the answer is one that the document declares. */
function createCheck(name: string, { responses }: Operation) {
  const method = name.split(' ', 1)[0] ?? ''
  const validators = new Map(
    Object.entries(responses).map(([status, { content }]) => {
      const schema = content?.['application/json']?.schema
      return [Number(status), schema === undefined ? undefined : compile(schema)]
    }),
  )
  return async ({ caller, path, isNowhere, headers, body }: FuzzRequest): Promise<number> => {
    const token = tokens[caller]
    const ended = new AbortController()
    const answer = await fetch(new URL(path, stack.url), {
      method,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.any([ended.signal, AbortSignal.timeout(ANSWERED_WITHIN_MS)]),
    })
    const type = answer.headers.get('content-type') ?? ''
    // A stream of events goes on for as long as somebody listens.
    const bytes = type.startsWith('text/event-stream') ? new ArrayBuffer() : await answer.arrayBuffer()
    ended.abort()
    const { status } = answer
    const said = () => `${status}: ${Buffer.from(bytes).toString('utf8', 0, 600)}`
    if (status >= 500) throw new Error(`it fails: ${said()}`)
    if (!validators.has(status)) throw new Error(`no declared answer: ${said()}`)
    if (isNowhere && status < 400) throw new Error(`something is where nothing can be: ${said()}`)
    if (answer.headers.get('x-content-type-options') !== 'nosniff')
      throw new Error(`it may be sniffed: ${said()}`)
    const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
    if (!hasBody || (status < 400 && !type.startsWith('application/json'))) return status
    if (!type.startsWith('application/json')) throw new Error(`an error of the type ${type}: ${said()}`)
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString())
    const validator = validators.get(status)
    if (validator?.Check(parsed) !== true) throw new Error(`not as its schema says: ${said()}`)
    if (status >= 400 && !isProblem(parsed, status)) throw new Error(`an error of another form: ${said()}`)
    return status
  }
}

/** Nearly all are the schema of errors. */
function compile(schema: object): Schema.Validator {
  const text = JSON.stringify(schema)
  const validator = compiled.get(text) ?? Schema.Compile(schema)
  compiled.set(text, validator)
  return validator
}

function isProblem(value: unknown, status: number): boolean {
  const { statusCode, code, message } = value as ProblemBody
  return statusCode === status && /^TT_[A-Z_]+$/.test(code) && message.length > 0
}

function lateness(name: string): number {
  return LATE.findLastIndex((pattern) => pattern.test(name))
}

async function makeKey(): Promise<string> {
  const scopes = ['images:read', 'images:write', 'links:write', 'admin']
  return (await client.post<{ key: string }>('/v1/api-keys', { name: 'fuzz', scopes })).body.key
}

/** Some of everything that an id can name, all the operator's own or nobody's that is needed. */
async function makeThings(): Promise<Things> {
  const idOf = async (path: string, json: object) => (await client.post<{ id: string }>(path, json)).body.id
  const image = async () => (await client.uploadOne({ filename: 'a.jpg', bytes: picture })).id
  const images = await Promise.all([image(), image(), image(), image()])
  await Promise.all(images.map((id) => client.waitUntilSettled(id)))
  const links = await Promise.all(
    images.map(async (id, index) => {
      const order = { target: 'original', ...(index === 0 ? { password: 'a word' } : {}) }
      return (await client.post<{ id: string; url: string }>(`/v1/images/${id}/links`, order)).body
    }),
  )
  const upload = { filename: 'a.jpg', bytes: picture.length, contentType: 'image/jpeg' }
  const uploads = await Promise.all(
    [1, 2, 3].map(
      async () => (await client.post<{ id: string; upload: { url: string } }>('/v1/uploads', upload)).body,
    ),
  )
  const archive = { all: true, rendition: 'original' }
  const archives = [(await client.post<{ url: string }>('/v1/archives', archive)).body.url]
  const tus = async () => {
    const headers = { 'tus-resumable': '1.0.0', 'upload-length': String(picture.length) }
    const made = await client.request('POST', '/v1/tus', { headers })
    return made.headers.get('location')?.split('/').at(-1) ?? ''
  }
  const users = [await createUser(admin, { tier: 'Basic' }), await createUser(admin, { tier: 'Premium' })]
  await signIn(stack.url, operator)
  const sessions = (await client.get<{ items: { id: string; current: boolean }[] }>('/v1/auth/sessions')).body
    .items
  const urls = [...archives, ...uploads.map((one) => one.upload.url)].map((url) => new URL(url, stack.url))
  return {
    picture,
    tokens: links.map(({ url }) => url.split('/').at(-1) ?? ''),
    signatures: urls.map((url) => url.searchParams.get('signature') ?? ''),
    ids: {
      images,
      links: links.map(({ id }) => id),
      uploads: uploads.map(({ id }) => id),
      archives: archives.map((url) => new URL(url, stack.url).pathname.split('/').at(-1) ?? ''),
      tus: [await tus(), await tus()],
      webhooks: [await idOf('/v1/webhooks', { url: 'https://receiver.example/', types: ['image.deleted'] })],
      'api-keys': [await idOf('/v1/api-keys', { name: 'another', scopes: ['images:read'] })],
      sessions: sessions.filter(({ current }) => !current).map(({ id }) => id),
      users: users.map(({ id }) => id),
      tiers: [await idOf('/v1/admin/tiers', { name: 'one' }), await idOf('/v1/admin/tiers', { name: 'two' })],
    },
  }
}
