import { once } from 'node:events'
import { createServer } from 'node:http'
import { poll } from '@tintype/testkit'
import t from 'tap'
import { followLinksDocument } from '../../src/docs/links-document.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }

t.test('the links service’s routes are in the one document, once it answers', async (t) => {
  const paths: Record<string, object> = { '/l/{token}': { get: {} }, '/v1/links/{id}': {}, '/healthz': {} }
  let answers = 0
  const links = createServer((request, response) => {
    answers += 1
    // The first time it is not there yet.
    response.statusCode = answers === 1 ? 503 : request.url === '/docs/json' ? 200 : 404
    response.end(JSON.stringify({ paths, components: { schemas: { Link: {} } } }))
  }).listen(0, '127.0.0.1')
  t.teardown(() => links.close())
  await once(links, 'listening')
  const address = links.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP port')

  using document = followLinksDocument(`http://127.0.0.1:${address.port}`, silent)
  const own = {
    openapi: '3.1.0',
    paths: { '/v1/me': {} },
    components: { schemas: { User: {} }, security: {} },
  }
  t.strictSame(document.mergeInto(own), own, 'before it answers, the gateway’s own')
  const merged = await poll(() => {
    const now = document.mergeInto(own)
    return Object.keys(now.paths ?? {}).length > 1 && now
  })
  t.strictSame(merged, {
    openapi: '3.1.0',
    paths: { '/v1/me': {}, '/l/{token}': { get: {} }, '/v1/links/{id}': {} },
    components: { schemas: { User: {}, Link: {} }, security: {} },
  })
  t.strictSame(own.paths, { '/v1/me': {} }, 'which is left as it was')
})
