import { EventSourceParserStream } from 'eventsource-parser/stream'
import { parseJson, readError, TintypeError } from './errors.ts'
import { pause } from './pause.ts'
import type { Perform, Transport } from './transport.ts'
import type { ImageEvent } from './types.ts'

/** The server has not kept what was missed: read anew what you show. */
export interface ResetEvent {
  type: 'reset'
}

export interface EventListener {
  /** The stream is open, for the first time or again. */
  onOpen?(): void
  onEvent(event: ImageEvent | ResetEvent): void
  /** There is no stream to be had: the server refuses it. A lost one is opened again. */
  onRefused?(error: TintypeError): void
}

/** One stream of events for all who listen. It is open while somebody does. */
export interface EventHub {
  /** @returns what ends it. */
  listen(listener: EventListener, lastEventId?: string): () => void
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** The server sends something every 15 s or so; a connection that is silent for longer is dead. */
const SILENCE_MS = 60_000
/** Longer than any event, in characters: what never ends one is no stream of them. */
const MAX_EVENT_LENGTH = 65_536

export function createEventHub(options: { transport: Transport; open: Perform }): EventHub {
  const listeners = new Set<EventListener>()
  let isOpen = false
  let running: AbortController | undefined
  let lastId: string | undefined

  const tell = (say: (listener: EventListener) => void) => {
    for (const listener of [...listeners]) say(listener)
  }

  function remember(id: string): void {
    lastId = id
  }

  async function readStream(signal: AbortSignal): Promise<void> {
    const silence = createSilence(signal)
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      }
      const response = await options.transport.send(
        (added, signal) => options.open({ ...headers, ...added }, signal),
        {
          isSafe: true,
          signal: silence.signal,
          // Here is what tries again.
          retries: 0,
        },
      )
      if (!response.ok || response.body === null) throw await readError(response)
      isOpen = true
      tell((listener) => listener.onOpen?.())
      const heard = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          silence.restart()
          controller.enqueue(chunk)
        },
      })
      const messages = response.body
        .pipeThrough(heard)
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream({ onId: remember, maxBufferSize: MAX_EVENT_LENGTH }))
        .getReader()
      for (;;) {
        const { done, value } = await messages.read()
        if (done) return
        const event = eventOf(value)
        if (event !== undefined) tell((listener) => listener.onEvent(event))
      }
    } finally {
      isOpen = false
      silence.end()
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await readStream(signal)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof TintypeError && isRefusal(error)) {
          tell((listener) => listener.onRefused?.(error))
        }
      }
      const waitMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures)
      await pause(waitMs * (0.5 + Math.random() / 2), signal).catch(() => undefined)
    }
  }

  return {
    listen(listener, lastEventId) {
      listeners.add(listener)
      if (running === undefined) {
        lastId = lastEventId
        running = new AbortController()
        void run(running.signal)
      } else if (isOpen) {
        queueMicrotask(() => listeners.has(listener) && listener.onOpen?.())
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        running?.abort()
        running = undefined
      }
    },
  }
}

/** Undefined for what is no event of an image: greetings, and what newer servers may tell. */
function eventOf({ event = '', data }: { event?: string | undefined; data: string }) {
  if (event === 'reset') return { type: 'reset' as const }
  return event.startsWith('image.') ? (parseJson(data) as ImageEvent | undefined) : undefined
}

/** Whether asking again is answered the same. */
function isRefusal({ statusCode = 0 }: TintypeError): boolean {
  return statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429
}

/** Aborts with its parent, and when nothing restarts it for too long. */
function createSilence(parent: AbortSignal) {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout>
  const restart = () => {
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(new Error('the stream of events is silent')), SILENCE_MS)
  }
  restart()
  return {
    signal: AbortSignal.any([parent, controller.signal]),
    restart,
    end: () => clearTimeout(timer),
  }
}
