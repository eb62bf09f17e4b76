import type { EventHub, ResetEvent } from './event-hub.ts'
import type { ImageEvent } from './types.ts'

/** How many events wait for a reader that is slower than they come; then it is told to read everything anew. */
const MAX_WAITING = 10_000

/** A hub's events as they come, until the signal aborts or the reader leaves. */
export async function* streamEvents(
  hub: EventHub,
  { signal, lastEventId }: { signal?: AbortSignal | undefined; lastEventId?: string | undefined },
): AsyncGenerator<ImageEvent | ResetEvent, void> {
  signal?.throwIfAborted()
  let waiting: (ImageEvent | ResetEvent)[] = []
  let more = Promise.withResolvers<void>()
  const wake = () => more.resolve()
  let refusal: unknown
  const stop = hub.listen(
    {
      onEvent(event) {
        if (waiting.length >= MAX_WAITING) waiting = [{ type: 'reset' }]
        else waiting.push(event)
        wake()
      },
      onRefused(error) {
        refusal = error
        wake()
      },
    },
    lastEventId,
  )
  signal?.addEventListener('abort', wake, { once: true })
  try {
    for (;;) {
      const ready = waiting
      waiting = []
      yield* ready
      if (signal?.aborted) return
      if (refusal !== undefined) throw refusal
      if (waiting.length === 0) await more.promise
      more = Promise.withResolvers()
    }
  } finally {
    signal?.removeEventListener('abort', wake)
    stop()
  }
}
