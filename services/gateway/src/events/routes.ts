import type { Database, EventPosition } from '@tintype/database'
import {
  type Actor,
  type AnnouncementListener,
  type Auth,
  actorOf,
  bearer,
  errors,
  Forbidden,
  type HttpServer,
  type Log,
  ScopeMissing,
  withDetails,
} from '@tintype/service-kit'
import type { Registry } from 'prom-client'
import { createConnections, MAX_STREAMS_PER_USER, SEES_ALL } from './connections.ts'
import { BadEventId, TooManyStreams } from './errors.ts'
import { parseEventId } from './event-ids.ts'
import { createFeed } from './feed.ts'
import { followEvents } from './follow.ts'
import { EventHeaders, EventQuery, eventStreamSchema } from './schemas.ts'

export interface EventRoutesDependencies {
  auth: Auth
  database: Database
  registry: Registry
  log: Log
  /** How often a stream is heard of at least; 15,000 unless told. */
  heartbeatMs?: number
  /** How often events are read without an announcement; 1000 unless told. */
  pollMs?: number
  /** What a client may leave unread; 256 KiB unless told. */
  maxUnreadBytes?: number
}

const HEADERS = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' }

const DESCRIPTION = `Server-sent events, from the moment of the request or after \`Last-Event-ID\`. Each is named for its
\`type\` and has JSON as its data. An event \`hello\` comes first; where events after \`Last-Event-ID\` are not kept any
more (they are for a week), an event \`reset\` comes in its place. None is missed and none comes twice to who resumes by
the last \`id\`. The stream ends when its session or key does, and when its access token is over: connect again with a
new one, as a browser does by itself once its cookie is refreshed. A user may have ${MAX_STREAMS_PER_USER} open.`

/**
 * `GET /v1/events`: what happens to a user's images, as it happens, through whichever replica.
 * @returns what is to be told of announcements.
 */
export function registerEvents(app: HttpServer, dependencies: EventRoutesDependencies): AnnouncementListener {
  const { auth, database, log } = dependencies
  const feed = createFeed(dependencies)
  const connections = createConnections(dependencies)
  // Else a shutdown would wait for clients that have no reason to go.
  app.addHook('preClose', async () => connections.close())

  app.get(
    '/v1/events',
    {
      onRequest: auth.allow('images:read'),
      // A stream without its body is nothing.
      exposeHeadRoute: false,
      schema: {
        tags: ['events'],
        summary: 'What happens to my pictures, as it happens',
        description: DESCRIPTION,
        security: bearer,
        headers: EventHeaders,
        querystring: EventQuery,
        response: { 200: eventStreamSchema('The events'), ...errors(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const { all, lastEventId } = request.query
      if (all) checkSeesAll(actor)
      const after = readLastEventId(request.headers['last-event-id'], lastEventId)
      const connection = connections.open({ actor, isForAll: all, raw: reply.raw })
      if (connection === undefined) {
        reply.header('retry-after', 15)
        throw new TooManyStreams(MAX_STREAMS_PER_USER)
      }
      try {
        await followEvents({ database, feed, log }, connection, after)
      } catch (error) {
        connection.stream.cut()
        throw error
      }
      return reply.headers(HEADERS).type('text/event-stream').send(connection.stream.body)
    },
  )
  return { imagesChanged: feed.hint, accessChanged: connections.check }
}

/** @throws Forbidden, or ScopeMissing. */
function checkSeesAll(actor: Actor): void {
  if (actor.by === 'api-key' && !actor.scopes.includes('admin')) {
    throw withDetails(new ScopeMissing('admin'), { scope: 'admin' })
  }
  if (!SEES_ALL.includes(actor.user.role)) throw new Forbidden('This needs a role that you do not have.')
}

/** @throws BadEventId. */
function readLastEventId(header: string | undefined, query: string | undefined): EventPosition | undefined {
  const [field, text] = header ? ['last-event-id', header] : ['lastEventId', query]
  if (text === undefined || text === '') return undefined
  const position = parseEventId(text)
  if (position === undefined) throw withDetails(new BadEventId(field ?? ''), { field })
  return position
}
