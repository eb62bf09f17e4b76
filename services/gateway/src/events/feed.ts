import {
  compareEventPositions,
  type Database,
  type EventPage,
  type EventPosition,
  listEvents,
  type RecordedEvent,
} from '@tintype/database'
import type { Log } from '@tintype/service-kit'

/** Who is told of events. */
export interface Subscriber {
  /** Whose images; everybody's where undefined. */
  readonly ownerId: string | undefined
  /** Where they are in the order of events. The feed moves it on. */
  position: EventPosition
  receive(events: RecordedEvent[]): void
  /** What came before their position cannot be told any more. */
  reset(): void
}

export interface Feed {
  /** Tells them what comes after their position, from soon on. */
  join(subscriber: Subscriber): void
  leave(subscriber: Subscriber): void
  /** Something happened to images of these users, or of anybody where none is named. */
  hint(ownerIds: string[]): void
}

/** How often it reads without being told of anything: what is announced while Redis is away is seen this late. */
const POLL_MS = 1000
/** Announcements that come within this time are read for together. */
const MIN_GAP_MS = 20
/** How soon it reads again for what a running transaction keeps back; then twice as late each time. */
const RETRY_MS = 25
const PAGE = 500

/**
 * Reads events for all who are connected to this replica: in one query, when
 * something is announced and once a second, and not at all while nobody is there.
 */
export function createFeed({
  database,
  log,
  pollMs = POLL_MS,
}: {
  database: Database
  log: Log
  pollMs?: number | undefined
}): Feed {
  /** By owner. */
  const subscribers = new Map<string | undefined, Set<Subscriber>>()
  let timer: NodeJS.Timeout | undefined
  let dueAt = Number.POSITIVE_INFINITY
  let lastReadAt = 0
  let isReading = false
  let retryMs = RETRY_MS

  function readWithin(ms: number): void {
    const now = performance.now()
    const at = Math.max(now + ms, lastReadAt + MIN_GAP_MS)
    if (at >= dueAt) return
    dueAt = at
    clearTimeout(timer)
    // One that is under way reads on when it ends.
    if (!isReading) timer = setTimeout(read, at - now)
  }

  async function read(): Promise<void> {
    dueAt = Number.POSITIVE_INFINITY
    lastReadAt = performance.now()
    const asked = [...subscribers.values()].flatMap((ofOwner) => [...ofOwner])
    if (asked.length === 0) return
    isReading = true
    const nextMs = await readFor(asked)
    isReading = false
    // What was asked for meanwhile has no timer yet.
    const soonest = Math.min(dueAt, performance.now() + nextMs)
    dueAt = Number.POSITIVE_INFINITY
    if (subscribers.size > 0) readWithin(Math.max(0, soonest - performance.now()))
  }

  /** @returns how soon to read again. */
  async function readFor(asked: Subscriber[]): Promise<number> {
    try {
      const after = asked.map(({ position }) => position).reduce(earlier)
      const ownerIds = subscribers.has(undefined) ? undefined : [...subscribers.keys()].filter(isDefined)
      const page = await listEvents(database, { after, ownerIds, limit: PAGE })
      deliver(asked, page)
      if (page.isFull) return 0
      const waitMs = page.isHeldBack ? Math.min(retryMs, pollMs) : pollMs
      retryMs = page.isHeldBack ? retryMs * 2 : RETRY_MS
      return waitMs
    } catch (error) {
      log.debug({ err: error }, 'events could not be read')
      return pollMs
    }
  }

  /** Those who joined while it was read were not asked for, and do not move. */
  function deliver(asked: Subscriber[], { events, next, isBroken }: EventPage): void {
    const byOwner = Map.groupBy(events, ({ ownerId }) => ownerId)
    for (const subscriber of asked) {
      const { ownerId, position } = subscriber
      if (subscribers.get(ownerId)?.has(subscriber) !== true) continue
      const fresh = (ownerId === undefined ? events : (byOwner.get(ownerId) ?? [])).filter(
        (event) => compareEventPositions(event, position) > 0,
      )
      if (isBroken || compareEventPositions(next, position) > 0) subscriber.position = next
      if (isBroken) subscriber.reset()
      else if (fresh.length > 0) subscriber.receive(fresh)
    }
  }

  return {
    join(subscriber) {
      const ofOwner = subscribers.get(subscriber.ownerId) ?? new Set()
      subscribers.set(subscriber.ownerId, ofOwner.add(subscriber))
      readWithin(0)
    },
    leave(subscriber) {
      const ofOwner = subscribers.get(subscriber.ownerId)
      ofOwner?.delete(subscriber)
      if (ofOwner?.size === 0) subscribers.delete(subscriber.ownerId)
      if (subscribers.size > 0) return
      clearTimeout(timer)
      dueAt = Number.POSITIVE_INFINITY
    },
    hint(ownerIds) {
      const isHeard =
        subscribers.size > 0 &&
        (ownerIds.length === 0 || subscribers.has(undefined) || ownerIds.some((id) => subscribers.has(id)))
      if (!isHeard) return
      retryMs = RETRY_MS
      readWithin(0)
    },
  }
}

function earlier(a: EventPosition, b: EventPosition): EventPosition {
  return compareEventPositions(a, b) <= 0 ? a : b
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined
}
