import {
  type Database,
  type EventPage,
  type EventPosition,
  findEventPosition,
  listEvents,
  type RecordedEvent,
} from '@tintype/database'
import type { Log } from '@tintype/service-kit'
import type { Connection } from './connections.ts'
import type { Feed, Subscriber } from './feed.ts'
import { eventMessage, helloMessage, resetMessage } from './messages.ts'

/** Events of a backlog that are read at a time. */
const PAGE = 500

export interface FollowDependencies {
  database: Database
  feed: Feed
  log: Log
}

/**
 * Begins a connection's stream: from now on, or with all that came after a
 * place. Resolves once that is known to be possible; the rest of the backlog
 * follows as the client takes it, and then what the feed tells.
 *
 * @throws when PostgreSQL is away.
 */
export async function followEvents(
  dependencies: FollowDependencies,
  connection: Connection,
  after: EventPosition | undefined,
): Promise<void> {
  const { database, log } = dependencies
  const { stream } = connection
  if (after === undefined) {
    const position = await findEventPosition(database)
    stream.send(helloMessage(position))
    join(dependencies, connection, position)
    return
  }
  const first = await readBacklog(database, connection, after)
  stream.send(first.isBroken ? resetMessage(first.next) : helloMessage(after))
  sendBacklog(dependencies, connection, first).catch((error: unknown) => {
    log.debug({ err: error }, 'a backlog of events could not be read')
    // It resumes where it was.
    stream.end()
  })
}

async function sendBacklog(
  dependencies: FollowDependencies,
  connection: Connection,
  first: EventPage,
): Promise<void> {
  const { stream } = connection
  let page = first
  for (;;) {
    send(connection, page.events)
    if (!page.isFull) break
    await stream.taken()
    if (!stream.isOpen) return
    const next = await readBacklog(dependencies.database, connection, page.next)
    if (next.isBroken) stream.send(resetMessage(next.next))
    page = next
  }
  join(dependencies, connection, page.next)
}

function readBacklog(database: Database, { actor, isForAll }: Connection, after: EventPosition) {
  return listEvents(database, { after, ownerIds: isForAll ? undefined : [actor.user.id], limit: PAGE })
}

/** From its own position on, so that the feed tells it neither less nor more than it lacks. */
function join({ feed }: FollowDependencies, connection: Connection, position: EventPosition): void {
  const { actor, isForAll, stream } = connection
  if (!stream.isOpen) return
  const subscriber: Subscriber = {
    ownerId: isForAll ? undefined : actor.user.id,
    position,
    receive: (events) => send(connection, events),
    reset: () => stream.send(resetMessage(subscriber.position)),
  }
  connection.subscriber = subscriber
  feed.join(subscriber)
  stream.body.once('close', () => feed.leave(subscriber))
}

function send({ isForAll, stream }: Connection, events: RecordedEvent[]): void {
  if (events.length === 0) return
  stream.send(events.map((event) => eventMessage(event, { withOwner: isForAll })).join(''))
}
