import { bodyOf, type CallOptions, type Context } from './context.ts'
import { TintypeError } from './errors.ts'
import { eitherOf } from './pause.ts'
import type { Image } from './types.ts'

export interface WaitOptions extends CallOptions {
  /** 300,000 unless told. */
  timeoutMs?: number
}

const FIRST_POLL_MS = 1000
const LONGEST_POLL_MS = 5000
/** With a stream of events, only what it cannot tell is asked for. */
const POLL_BESIDE_EVENTS_MS = 30_000

/**
 * The image once its renditions are there. Events tell when to look; without
 * them it is asked for every few seconds.
 *
 * @throws TintypeError with the image's own code when it failed, TIMEOUT when
 * it took too long, TT_NOT_FOUND when it is gone.
 */
export async function waitUntilReady(
  { api, events, ...context }: Context,
  id: string,
  { timeoutMs = 300_000, ...options }: WaitOptions = {},
): Promise<Image> {
  const signal = eitherOf(context.signal, options.signal)
  signal?.throwIfAborted()
  const settled = Promise.withResolvers<Image>()
  const ended = new AbortController()
  let pollMs = FIRST_POLL_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let isReading = false
  let isOutdated = false

  /** One question at a time. What happens meanwhile makes another one. */
  async function look(): Promise<void> {
    clearTimeout(timer)
    if (isReading) {
      isOutdated = true
      return
    }
    isReading = true
    try {
      do {
        isOutdated = false
        const call = api.GET('/v1/images/{id}', { params: { path: { id } }, signal: ended.signal })
        const image = await bodyOf(call)
        if (image.state === 'ready') return settled.resolve(image)
        if (image.state === 'failed') return settled.reject(failureOf(image))
      } while (isOutdated)
    } catch (error) {
      return settled.reject(error)
    } finally {
      isReading = false
    }
    if (!ended.signal.aborted) timer = setTimeout(look, pollMs)
    pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)
  }

  const stop = events.listen({
    onOpen() {
      pollMs = POLL_BESIDE_EVENTS_MS
      void look()
    },
    onEvent(event) {
      if (event.type === 'reset' || event.imageId === id) void look()
    },
    onRefused() {
      pollMs = Math.min(pollMs, LONGEST_POLL_MS)
      void look()
    },
  })
  timer = setTimeout(look, FIRST_POLL_MS)
  const tooLate = setTimeout(() => {
    settled.reject(new TintypeError(`The picture was not ready after ${timeoutMs} ms.`, { code: 'TIMEOUT' }))
  }, timeoutMs)
  const onAbort = () => settled.reject(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await settled.promise
  } finally {
    signal?.removeEventListener('abort', onAbort)
    clearTimeout(tooLate)
    clearTimeout(timer)
    stop()
    ended.abort()
  }
}

function failureOf({ id, error }: Image): TintypeError {
  return new TintypeError(error?.message ?? 'The picture could not be processed.', {
    code: error?.code ?? 'BAD_ANSWER',
    statusCode: 422,
    details: { imageId: id },
  })
}
