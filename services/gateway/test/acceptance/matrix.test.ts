import { createClient } from '@tintype/testkit'
import t from 'tap'
import { checkConduct } from '../conduct.ts'
import { CALLERS, createWorld } from './matrix-callers.ts'
import { NOTHING, OPERATIONS } from './matrix-operations.ts'

/**
 * Every operation of the API by every kind of caller, with the status that each
 * must get. One that is in the API's document and not in the table fails here.
 */
const world = await createWorld(t)
const { url } = world.stack

t.test('every operation has its row, and no row is of none', async (t) => {
  const { body } = await createClient(url).get<{ paths: Record<string, object> }>('/docs/json')
  const described = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      // Beside a GET, it is that without a body.
      .filter((method) => method !== 'head' || !('get' in methods))
      .map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.strictSame(Object.keys(OPERATIONS).sort(), described.sort())
})

for (const [name, { statuses, request }] of Object.entries(OPERATIONS)) {
  t.test(name, async (t) => {
    const expected = statuses.split(/\s+/).map(Number)
    t.equal(expected.length, CALLERS.length, 'it has a status for each caller')
    const [method = '', template = ''] = name.split(' ')
    for (const [index, callerName] of CALLERS.entries()) {
      const caller = world.callers[callerName]
      const {
        params = {},
        query = '',
        json,
        form,
        headers,
        body,
        isLastOfSession,
      } = await request(caller, world)
      const client = isLastOfSession ? await caller.again() : caller.client
      const path = template.replace(/\{(\w+)\}/g, (_, parameter: string) => params[parameter] ?? NOTHING)
      const answer = await client.request(method, path + query, {
        redirect: 'manual',
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
        ...(form === undefined ? {} : { body: form }),
        ...(json === undefined
          ? {}
          : { body: JSON.stringify(json), headers: { 'content-type': 'application/json' } }),
      })
      t.equal(answer.status, expected[index], `${callerName}: ${answer.bytes.toString('utf8', 0, 200)}`)
    }
  })
}

t.test('conduct', (t) =>
  checkConduct(t, {
    url,
    answers: world.answers,
    services: [world.stack.gateway, world.stack.links, ...world.stack.workers],
  }),
)
