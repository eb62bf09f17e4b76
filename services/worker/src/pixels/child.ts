import { extensionOf, mediaTypeOf, renditionKey } from '@tintype/domain'
import { createObjectStore, type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import { derive } from './derive.ts'
import type { ChildMessage, DeriveOutcome, DeriveRequest, StoredRendition } from './messages.ts'
import { spoolOriginal } from './spool.ts'

/**
 * The decoder child: forked by `decoder.ts`, ended by it or with it.
 *
 * It decodes strangers' files, so it is given the store alone: no database, no
 * queue, no keys. It takes one job at a time, so that its crash has one cause.
 */

async function run(store: ObjectStore, { id, job }: DeriveRequest): Promise<DeriveOutcome> {
  const object = await store.get(job.originalKey)
  if (object === undefined) return { outcome: 'missing' }
  await using original = await spoolOriginal(object.body, object.bytes)
  send({ kind: 'decoding', id })
  const derived = await derive(original, job)
  send({ kind: 'decoded', id })
  if (derived.outcome === 'bad-input') return derived

  const { width, height, thumbhash, refused } = derived
  const renditions = await Promise.all(
    derived.renditions.map(async ({ data, ...rendition }): Promise<StoredRendition> => {
      const { name, format } = rendition
      const key = renditionKey(job.imageId, name, job.generation, extensionOf(format))
      await store.put(key, data, { bytes: data.length, contentType: mediaTypeOf(format) })
      return { ...rendition, bytes: data.length, key }
    }),
  )
  return { outcome: 'derived', width, height, thumbhash, renditions, refused }
}

/** The store, or the system beneath (a full disk, no descriptor left), whose errors have a number. */
function isForeseen(error: unknown): boolean {
  return error instanceof StoreUnavailable || (error instanceof Error && 'errno' in error)
}

function send(message: ChildMessage): void {
  process.send?.(message)
}

async function serve(): Promise<void> {
  // Both reach a whole group of processes (Ctrl-C, service managers): when a job is cut short is the parent's to say.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  // Not `exit`, which waits for the decode that a thread of libuv is in the middle of.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

  const url = process.env.STORE_URL
  if (url === undefined) throw new Error('STORE_URL is not set')
  const store = await createObjectStore(url)

  process.on('message', async (request: DeriveRequest) => {
    const outcome = await run(store, request).catch(
      (error: unknown): DeriveOutcome => ({
        outcome: 'fault',
        message: error instanceof Error ? error.message : String(error),
        ...(isForeseen(error) ? {} : { unforeseen: true }),
      }),
    )
    send({ kind: 'answer', id: request.id, outcome, rssBytes: process.memoryUsage.rss() })
  })
  send({ kind: 'ready' })
}

await serve()
