import { TintypeError } from '@tintype/sdk'
import { useEffect } from 'react'
import { client } from '../app/client.ts'
import { noticeExpiry, queryClient, useIsExpired } from '../app/session.ts'
import { dropImages, pendingIds, putImage, resetGalleries } from './gallery-query.ts'

/** Events that come together are looked into together. */
const GATHER_MS = 100
/** From so many on, one page tells more than questions for each. */
const MANY = 5
const PAGE_SIZE = 100
/** What is shown as being processed is looked at again: its event may have come before the page that shows it. */
const RECHECK_MS = 10_000

/** Keeps what is shown of images as they are, by the server's events, for as long as somebody is signed in. */
export function useLiveImages(): void {
  const isExpired = useIsExpired()
  useEffect(() => {
    if (isExpired) return
    const ended = new AbortController()
    void follow(ended.signal)
    return () => ended.abort()
  }, [isExpired])
}

async function follow(signal: AbortSignal): Promise<void> {
  const look = createGatherer(signal)
  const recheck = setInterval(() => pendingIds().forEach(look), RECHECK_MS)
  signal.addEventListener('abort', () => clearInterval(recheck))
  try {
    for await (const event of client.events({ signal })) {
      if (event.type === 'reset') resetGalleries()
      else if (event.type === 'image.deleted') dropImages(new Set([event.imageId]))
      else look(event.imageId)
    }
  } catch (error) {
    noticeExpiry(error)
  }
}

function createGatherer(signal: AbortSignal) {
  let waiting = new Set<string>()
  // One look after another: an earlier answer must not come last.
  let looking = Promise.resolve()
  return (id: string) => {
    if (waiting.size === 0) setTimeout(flush, GATHER_MS)
    waiting.add(id)
  }

  function flush(): void {
    const ids = waiting
    waiting = new Set()
    looking = looking.then(() => (signal.aborted ? undefined : lookAt(ids))).catch(noticeExpiry)
  }
}

async function lookAt(ids: Set<string>): Promise<void> {
  void queryClient.invalidateQueries({ queryKey: ['me'] })
  if (ids.size >= MANY) {
    const { items } = await client.images.list({ limit: PAGE_SIZE }).page()
    for (const image of items.reverse()) if (ids.delete(image.id)) putImage(image)
  }
  for (const id of ids) {
    try {
      putImage(await client.images.get(id))
    } catch (error) {
      if (!(error instanceof TintypeError && error.statusCode === 404)) throw error
      dropImages(new Set([id]))
    }
  }
}
