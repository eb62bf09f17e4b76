import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Scope } from '@tintype/testkit'
import t from 'tap'
import { createClient, type ImageEvent, type ResetEvent } from '../src/index.ts'
import { startServer } from './server.ts'

interface Stream {
  lastEventId: string | undefined
  send(event: Partial<ImageEvent> | 'reset', id?: string): void
  cut(): void
}

/** A server of events that the test sends, and of one image in the state that the test says. */
async function startEvents(t: Scope, { refuses = 0 }: { refuses?: number } = {}) {
  const opened: Stream[] = []
  const arrivals = new EventTarget()
  let state = 'pending'
  let reads = 0
  const { url } = await startServer(t, (request, response: ServerResponse) => {
    if (request.url !== '/v1/events') {
      reads += 1
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify({ id: 'one', state, error: { code: 'TT_BAD', message: 'Bad.' } }))
    }
    if (refuses > 0) {
      response.writeHead(refuses, { 'content-type': 'application/json' })
      return response.end(JSON.stringify({ code: 'TT_NOT_FOUND', message: 'There is nothing here.' }))
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: hello\nid: 1-0\ndata: {}\n\n')
    opened.push({
      lastEventId: request.headers['last-event-id'] as string | undefined,
      send(event, id) {
        const [name, data] = event === 'reset' ? ['reset', {}] : [event.type, event]
        response.write(
          `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
        )
      },
      cut: () => response.destroy(),
    })
    return arrivals.dispatchEvent(new Event('stream'))
  })
  return {
    client: createClient({ baseUrl: url, token: 'token' }),
    async stream(number: number): Promise<Stream> {
      while (opened.length < number) await once(arrivals, 'stream')
      return opened[number - 1] as Stream
    },
    opened,
    reads: () => reads,
    become(next: string) {
      state = next
    },
  }
}

t.test('events come as they happen, and over lost connections', async (t) => {
  const { client, stream } = await startEvents(t)
  const signal = new AbortController()
  const events = client.events({ signal: signal.signal })
  const next = async () => (await events.next()).value as ImageEvent | ResetEvent
  const [first, one] = await Promise.all([
    next(),
    stream(1).then((one) => {
      one.send({ type: 'image.created', imageId: 'a' }, '7')
      return one
    }),
  ])
  t.match(first, { type: 'image.created', imageId: 'a' })
  t.equal(one.lastEventId, undefined, 'a greeting is no event')
  one.cut()
  const again = await stream(2)
  t.equal(again.lastEventId, '7', 'it goes on where it was cut')
  again.send('reset')
  t.strictSame(await next(), { type: 'reset' })
  signal.abort()
  t.equal((await events.next()).done, true)
})

t.test('where there are none, who wants them is told', async (t) => {
  const { client } = await startEvents(t, { refuses: 404 })
  await t.rejects(client.events().next(), { code: 'TT_NOT_FOUND', statusCode: 404 })
})

t.test('waits share one stream, and look when it tells them to', async (t) => {
  const { client, stream, opened, become, reads } = await startEvents(t)
  const waits = Promise.all([client.images.waitUntilReady('one'), client.images.waitUntilReady('one')])
  const events = await stream(1)
  events.send({ type: 'image.ready', imageId: 'another' })
  become('ready')
  events.send({ type: 'image.ready', imageId: 'one' })
  t.match(await waits, [{ state: 'ready' }, { state: 'ready' }])
  t.equal(opened.length, 1)
  t.ok(reads() <= 6, `${reads()} reads`)
})

t.test('what happened before the stream was open is seen as well', async (t) => {
  const { client, become } = await startEvents(t)
  become('failed')
  await t.rejects(client.images.waitUntilReady('one'), { code: 'TT_BAD', message: 'Bad.' })
})

t.test('without a stream it asks', async (t) => {
  const { client, become } = await startEvents(t, { refuses: 404 })
  const wait = client.images.waitUntilReady('one')
  become('ready')
  t.match(await wait, { state: 'ready' })
})
