import { finished, type Readable, Transform } from 'node:stream'
import { abortError, storeFault } from './errors.ts'

/**
 * The body of an answer as callers get it: its failures are faults of the
 * store, the caller's abort is an `AbortError`, and a store that sends nothing
 * for `idleMs` while the reader wants more is given up. A reader may pause for
 * as long as it likes.
 */
export function watchedBody(source: Readable, idleMs: number, signal: AbortSignal | undefined): Readable {
  const body = new Transform({
    transform(chunk, _encoding, done) {
      idle.refresh()
      done(null, chunk)
    },
  })
  const idle = setTimeout(() => {
    if (body.readableLength > 0) idle.refresh()
    else source.destroy(new Error(`the store sent nothing for ${idleMs} ms`))
  }, idleMs)
  body.on('drain', () => idle.refresh())

  const onAbort = () => signal && body.destroy(abortError(signal))
  signal?.addEventListener('abort', onAbort, { once: true })
  finished(source, (error) => {
    clearTimeout(idle)
    if (error) body.destroy(storeFault('get', error, signal))
  })
  body.once('close', () => {
    signal?.removeEventListener('abort', onAbort)
    source.destroy()
  })
  if (signal?.aborted) onAbort()
  return source.pipe(body)
}
