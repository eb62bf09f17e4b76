import { createUser, type ProblemBody, photo } from '@tintype/testkit'
import t from 'tap'
import { recordAnswers } from '../answer-record.ts'
import { checkConduct } from '../conduct.ts'
import { sharedStack } from './stack.ts'

/** What people and scanners put where a number, an id or a word is expected. */
const ODD = [
  'abc',
  '²',
  '-1',
  '0',
  '1e9',
  '99999999999999999999',
  '00000000-0000-0000-0000-00000000000g',
  '../../etc/passwd',
  "' OR 1=1 --",
  '%',
  '\0',
  '\u202egpj.exe',
  '🐈',
  ' ',
  '[]',
  '{"$gt":""}',
  'a'.repeat(10_000),
]

interface Operation {
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, object> }
}

const stack = await sharedStack()
const answers = recordAnswers(t, stack.url)
const admin = await stack.signInAsAdmin()
const { client } = await createUser(admin, { tier: 'Enterprise', role: 'admin' })
const { id } = await client.uploadOne({ filename: 'a.jpg', bytes: await photo({ width: 90, height: 60 }) })
const { body: document } = await client.get<{ paths: Record<string, Record<string, Operation>> }>(
  '/docs/json',
)

for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, { parameters = [], requestBody }] of Object.entries(methods)) {
    const asked = parameters.filter((one) => one.in === 'path' || one.in === 'query')
    if (asked.length === 0) continue
    t.test(`${method.toUpperCase()} ${path}`, async (t) => {
      for (const parameter of asked) {
        await Promise.all(
          ODD.map(async (value) => {
            // The other parameters are in order, so that this one is looked at.
            const url = path.replace(/\{(\w+)\}/g, (_, name: string) =>
              encodeURIComponent(parameter.in === 'path' && name === parameter.name ? value : inOrder(name)),
            )
            const query =
              parameter.in === 'query' ? `?${new URLSearchParams({ [parameter.name]: value })}` : ''
            const answer = await client.request<ProblemBody>(method.toUpperCase(), url + query, {
              redirect: 'manual',
              ...(requestBody !== undefined && 'application/json' in requestBody.content
                ? { body: '{}', headers: { 'content-type': 'application/json' } }
                : {}),
            })
            const what = `${parameter.name}=${value.slice(0, 40)}: ${answer.status}`
            t.ok(answer.status < 500, what)
            if (parameter.in === 'path') t.ok(answer.status >= 400, what)
            if (answer.status >= 400 && method !== 'head')
              t.match(answer.body, { code: /^TT_/, message: /./ }, what)
          }),
        )
      }
    })
  }
}

t.test('conduct', (t) => checkConduct(t, { url: stack.url, answers, services: [stack.gateway, stack.links] }))

function inOrder(name: string): string {
  return { height: '200', format: 'png' }[name] ?? id
}
