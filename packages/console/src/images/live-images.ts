import { TintypeError } from '@tintype/sdk'
import { useEffect } from 'react'
import { client } from '../app/client.ts'
import { noticeExpiry, queryClient, useIsExpired } from '../app/session.ts'
import { dropImages, expectImage, pendingIds, putImage, resetGalleries } from './gallery-query.ts'

/** Events that come together are looked into together. */
const GATHER_MS = 100
/** From so many on, one page tells more than questions for each. */
const MANY = 5
const PAGE_SIZE = 100
/** What is shown as being processed is looked at again: its event may have come before the page that shows it. */
const RECHECK_MS = 10_000

/** Up to where events are known, for when somebody signs in again. */
let lastEventId: string | undefined
let hasFollowed = false
/** Images to be looked at. What cannot be read now stays, for the next time. */
const waiting = new Set<string>()

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
  if (hasFollowed && lastEventId === undefined) resetGalleries()
  hasFollowed = true
  const look = createGatherer(signal)
  try {
    const from = lastEventId === undefined ? {} : { lastEventId }
    for await (const event of client.events({ signal, ...from })) {
      if (event.type === 'reset') {
        resetGalleries()
        continue
      }
      if (event.type === 'image.deleted') dropImages(new Set([event.imageId]))
      else {
        if (event.type === 'image.created') expectImage(event.imageId)
        look(event.imageId)
      }
      lastEventId = event.id
    }
  } catch (error) {
    noticeExpiry(error)
  }
}

/** @returns what has an image looked at soon. */
function createGatherer(signal: AbortSignal): (id: string) => void {
  // One look after another: an earlier answer must not come last.
  let looking = Promise.resolve()
  const next = (step: () => Promise<void>) => {
    looking = looking.then(() => (signal.aborted ? undefined : step())).catch(noticeExpiry)
  }
  const lookAtWaiting = () => lookAt(signal)
  const recheck = setInterval(() => {
    next(gatherSettled)
    next(lookAtWaiting)
  }, RECHECK_MS)
  signal.addEventListener('abort', () => clearInterval(recheck))

  let isGathering = false
  return (id) => {
    waiting.add(id)
    if (isGathering) return
    isGathering = true
    setTimeout(() => {
      isGathering = false
      next(lookAtWaiting)
    }, GATHER_MS)
  }
}

/** Has those looked at that are shown as being processed, and are so no more. */
async function gatherSettled(): Promise<void> {
  const shown = pendingIds()
  if (shown.size === 0) return
  for await (const { id } of client.images.list({ state: 'pending', limit: PAGE_SIZE })) {
    shown.delete(id)
    if (shown.size === 0) return
  }
  for (const id of shown) waiting.add(id)
}

async function lookAt(signal: AbortSignal): Promise<void> {
  if (waiting.size === 0) return
  void queryClient.invalidateQueries({ queryKey: ['me'] })
  if (waiting.size >= MANY) await lookAtNewest()
  const ids = [...waiting]
  for (const id of ids) {
    if (signal.aborted) return
    waiting.delete(id)
    try {
      putImage(await client.images.get(id))
    } catch (error) {
      if (error instanceof TintypeError && error.statusCode === 404) dropImages(new Set([id]))
      else {
        // The others may be read nevertheless.
        waiting.add(id)
        noticeExpiry(error)
      }
    }
  }
}

async function lookAtNewest(): Promise<void> {
  const asked = new Set(waiting)
  waiting.clear()
  try {
    const { items } = await client.images.list({ limit: PAGE_SIZE }).page()
    for (const image of items.reverse()) if (asked.delete(image.id)) putImage(image)
  } catch (error) {
    noticeExpiry(error)
  }
  for (const id of asked) waiting.add(id)
}
