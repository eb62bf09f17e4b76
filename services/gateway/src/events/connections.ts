import type { ServerResponse } from 'node:http'
import type { Actor, Auth, Log } from '@tintype/service-kit'
import { Counter, Gauge, type Registry } from 'prom-client'
import { createEventStream, type EventStream } from './event-stream.ts'
import type { Subscriber } from './feed.ts'
import { heartbeatMessage } from './messages.ts'

/** Streams that one user may have open at a replica: some tabs on some devices. */
export const MAX_STREAMS_PER_USER = 20
const HEARTBEAT_MS = 15_000

/** Who may see everybody's images. */
export const SEES_ALL = ['admin', 'auditor']

/** An open event stream, and whose it is. */
export interface Connection {
  readonly actor: Actor
  /** Whether it tells of everybody's images. */
  readonly isForAll: boolean
  readonly stream: EventStream
  /** Once it has joined the feed. */
  subscriber?: Subscriber
}

export type Opening = Pick<Connection, 'actor' | 'isForAll'> & {
  /** Where the stream will be sent. */
  raw: Pick<ServerResponse, 'writableLength'>
}

export interface Connections {
  /** @returns undefined where the user has `MAX_STREAMS_PER_USER` open. */
  open(opening: Opening): Connection | undefined
  /** Ends those of these users, or of anybody where none is named, whose session, key or role is over. */
  check(userIds?: string[]): Promise<void>
  /** Ends all, and lets no more be opened. */
  close(): void
}

export interface ConnectionsOptions {
  auth: Pick<Auth, 'listLive'>
  registry: Registry
  log: Log
  /** 15,000 unless told. */
  heartbeatMs?: number | undefined
  maxUnreadBytes?: number | undefined
}

/** The event streams that are open at this replica. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { auth, registry, log, heartbeatMs = HEARTBEAT_MS, maxUnreadBytes } = options
  const connections = new Set<Connection>()
  let isClosed = false

  const registers = [registry]
  new Gauge({
    name: 'tintype_event_streams',
    help: 'Event streams that are open',
    registers,
    collect() {
      this.set(connections.size)
    },
  })
  const dropped = new Counter({
    name: 'tintype_event_streams_dropped_total',
    help: 'Event streams that were cut because their client did not read',
    registers,
  })

  async function check(userIds: string[] = []): Promise<void> {
    const asked = [...connections].filter(
      ({ actor }) => userIds.length === 0 || userIds.includes(actor.user.id),
    )
    if (asked.length === 0) return
    try {
      const live = await auth.listLive(asked.map(({ actor }) => actor))
      for (const { actor, isForAll, stream } of asked) {
        const role = live.get(actor)
        if (role === undefined || (isForAll && !SEES_ALL.includes(role))) stream.end()
      }
    } catch (error) {
      // While PostgreSQL is away there is nothing to tell either.
      log.debug({ err: error }, 'the rights of event streams could not be checked')
    }
  }

  const heartbeat = setInterval(() => {
    for (const { stream, subscriber } of connections) stream.send(heartbeatMessage(subscriber?.position))
    void check()
  }, heartbeatMs)
  heartbeat.unref()

  return {
    open({ actor, isForAll, raw }) {
      const own = [...connections].filter((one) => one.actor.user.id === actor.user.id)
      if (own.length >= MAX_STREAMS_PER_USER) return undefined
      const stream = createEventStream({ raw, maxUnreadBytes, onDropped: () => dropped.inc() })
      const connection: Connection = { actor, isForAll, stream }
      connections.add(connection)
      stream.body.once('close', () => connections.delete(connection))
      if (isClosed) stream.end()
      return connection
    },
    check,
    close() {
      isClosed = true
      clearInterval(heartbeat)
      for (const { stream } of connections) stream.end()
    },
  }
}
