import type { Redis } from 'ioredis'
import type { Log } from './logger.ts'

/** Ids of users as a JSON array; an empty one stands for anybody. */
const IMAGES_CHANGED = 'tintype:images-changed'
const ACCESS_CHANGED = 'tintype:access-changed'

/**
 * Tells all replicas at once of what is committed. Nobody waits for it and
 * nothing hangs on it: what is not heard is found in PostgreSQL a little later.
 */
export interface Announcer {
  /** Something happened to images of these users; of anybody, where none is named. */
  imagesChanged(...ownerIds: string[]): void
  /** Sessions, keys or rights of these users ended. */
  accessChanged(...userIds: string[]): void
}

/** @param redis made so that commands fail at once when it is not connected; need not be up. */
export function createAnnouncer(redis: Redis, log: Log): Announcer {
  function announce(channel: string, ids: string[]): void {
    if (redis.status !== 'ready') return
    redis.publish(channel, JSON.stringify(ids)).catch((error: unknown) => {
      log.debug({ err: error, channel }, 'could not be announced')
    })
  }
  return {
    imagesChanged: (...ownerIds) => announce(IMAGES_CHANGED, ownerIds),
    accessChanged: (...userIds) => announce(ACCESS_CHANGED, userIds),
  }
}

/** How a listener's connection must be made: it is nobody else's, and waits for Redis as long as it takes. */
export const LISTENER_REDIS = { maxRetriesPerRequest: null } as const

/** Who is told of announcements: the users' ids, none where it may be anybody. */
export interface AnnouncementListener {
  imagesChanged(ownerIds: string[]): void
  accessChanged(userIds: string[]): void
}

/**
 * Listens to every replica's announcements, its own among them. After Redis was
 * away it goes on by itself.
 *
 * @param redis made with `LISTENER_REDIS`; the caller closes it.
 */
export function listenToAnnouncements(redis: Redis, listener: AnnouncementListener, log: Log): void {
  redis.on('message', (channel: string, message: string) => {
    const ids = readIds(message)
    if (ids === undefined) return
    if (channel === IMAGES_CHANGED) listener.imagesChanged(ids)
    if (channel === ACCESS_CHANGED) listener.accessChanged(ids)
  })
  redis.subscribe(IMAGES_CHANGED, ACCESS_CHANGED).catch((error: unknown) => {
    log.debug({ err: error }, 'announcements are not listened to')
  })
}

function readIds(message: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(message)
    return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : undefined
  } catch {
    return undefined
  }
}
