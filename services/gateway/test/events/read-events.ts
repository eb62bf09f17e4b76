import { poll, type Scope } from '@tintype/testkit'

export interface ReadEvent {
  event: string
  id: string
  data: Record<string, unknown>
  /** When it was read, as `performance.now()` tells. */
  readAt: number
}

export interface EventReader {
  readonly status: number
  readonly headers: Headers
  /** All that came so far, `hello` and `reset` among them. */
  readonly events: readonly ReadEvent[]
  /** The last id, also one that came without an event. */
  readonly lastId: string
  readonly heartbeats: number
  /** Settles when the server has ended the stream. */
  readonly ended: Promise<void>
  /** The events about images, once there are so many. */
  images(count: number): Promise<ReadEvent[]>
  close(): void
}

export interface ReadOptions {
  token?: string
  headers?: Record<string, string>
  query?: string
}

/** Reads `GET /v1/events` as browsers do, with whatever was there before an answer's headers. */
export async function readEvents(t: Scope, url: string, options: ReadOptions = {}): Promise<EventReader> {
  const leaving = new AbortController()
  t.teardown(() => leaving.abort())
  const response = await fetch(`${url}/v1/events${options.query ?? ''}`, {
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    signal: leaving.signal,
  })
  const events: ReadEvent[] = []
  let lastId = ''
  let heartbeats = 0

  function take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
    )
    const [event, id, data] = ['event', 'id', 'data'].map((name) => fields.get(name))
    lastId = id ?? lastId
    if (fields.has('')) heartbeats += 1
    if (event === undefined || data === undefined) return
    events.push({ event, id: lastId, data: JSON.parse(data), readAt: performance.now() })
  }
  async function read(): Promise<void> {
    let rest = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) take(block)
    }
  }
  // A stream that is cut, by us or by the server, is at its end too.
  const ended = read().catch(() => {})

  const imagesSoFar = () => events.filter(({ event }) => event.startsWith('image.'))
  return {
    status: response.status,
    headers: response.headers,
    events,
    get lastId() {
      return lastId
    },
    get heartbeats() {
      return heartbeats
    },
    ended,
    async images(count) {
      await poll(() => imagesSoFar().length >= count, { waitingFor: `${count} events`, everyMs: 10 })
      return imagesSoFar()
    },
    close: () => leaving.abort(),
  }
}

/** What an event says, in a word or two. */
export function told({ event, data }: ReadEvent): string {
  return `${event} ${data.imageId}`
}
