import {
  createPendingImage,
  createSession,
  createUser,
  type Database,
  findDefaultTier,
  migrate,
  openDatabase,
  type User,
} from '@tintype/database'
import { type Role, uuidv7 } from '@tintype/domain'
import { createProducer, PRODUCER_REDIS } from '@tintype/jobs'
import {
  connectRedis,
  createAnnouncer,
  createHttpServer,
  createLogger,
  createMetrics,
  disconnectRedis,
  jwtPrivateKey,
  LISTENER_REDIS,
  listenToAnnouncements,
  registerAuth,
  registerMetrics,
} from '@tintype/service-kit'
import {
  createTestDatabase,
  createTestKeys,
  type Scope,
  startTestRedis,
  type TestRedis,
} from '@tintype/testkit'
import { registerApiKeys } from '../../src/api-keys/routes.ts'
import { registerSessionRoutes } from '../../src/auth/session-routes.ts'
import { type EventRoutesDependencies, registerEvents } from '../../src/events/routes.ts'
import { registerImageChanges } from '../../src/images/change-routes.ts'
import { createUrls } from '../../src/images/representation.ts'

export type ReplicaOptions = Pick<EventRoutesDependencies, 'heartbeatMs' | 'pollMs' | 'maxUnreadBytes'>

export interface Replica {
  url: string
  /** An access token of a new session. */
  signIn(user: User): Promise<string>
  close(): Promise<void>
}

/** Stores that replicas of the gateway share. */
export interface Replicas {
  database: Database
  redis: TestRedis
  makeUser(role?: Role): Promise<User>
  addImage(owner: User): Promise<string>
  /** The routes of the gateway that events are about, in this process. */
  start(t: Scope, options?: ReplicaOptions): Promise<Replica>
}

const log = createLogger('test', 'silent')
const signingKey = jwtPrivateKey.parse(createTestKeys().jwtPrivateKey)

export async function openReplicas(t: Scope): Promise<Replicas> {
  const { url: databaseUrl } = await createTestDatabase(t)
  await migrate(databaseUrl)
  const database = openDatabase(databaseUrl)
  t.teardown(() => database.close())
  const redis = await startTestRedis(t)

  async function start(t: Scope, options: ReplicaOptions = {}): Promise<Replica> {
    const [sender, listenerRedis] = [PRODUCER_REDIS, LISTENER_REDIS].map((settings) => {
      const connection = connectRedis(redis.url, settings, log)
      t.teardown(() => disconnectRedis(connection))
      return connection
    })
    if (sender === undefined || listenerRedis === undefined) throw new Error('no connections')
    const producer = createProducer(sender)
    t.teardown(() => producer.close())
    const app = createHttpServer({ log })
    const auth = await registerAuth(app, {
      ...{ database, redis: sender, signingKey, verificationKeys: [], corsOrigins: [] },
      ...{ anonymousPerMinute: 1000, publicUrl: () => '' },
    })
    const registry = createMetrics('gateway')
    registerMetrics(app, registry)
    const announcer = createAnnouncer(sender, log)
    registerImageChanges(app, { auth, database, producer, announcer, urls: createUrls(() => '') })
    registerSessionRoutes(app, { auth, database, announcer })
    registerApiKeys(app, { auth, database, announcer })
    listenToAnnouncements(
      listenerRedis,
      registerEvents(app, { auth, database, registry, log, ...options }),
      log,
    )
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    t.teardown(() => app.close())
    return {
      url,
      async signIn({ id: userId }) {
        const session = { userId, lifeSeconds: 3600, userAgent: '', address: '' }
        const ticket = await createSession(database, session)
        if (ticket === undefined) throw new Error('no session')
        return auth.mint(ticket)
      },
      close: () => app.close(),
    }
  }

  return {
    database,
    redis,
    start,
    async makeUser(role = 'user') {
      const { id: tierId } = await findDefaultTier(database)
      const made = await createUser(database, { username: uuidv7(), passwordHash: '', role, tierId })
      if (made.outcome !== 'saved') throw new Error(made.outcome)
      return made.user
    },
    async addImage({ id: ownerId }) {
      const id = uuidv7()
      const picture = { format: 'jpeg' as const, width: 1, height: 1, bytes: 1, sha256: '' }
      const made = await createPendingImage(database, {
        id,
        ownerId,
        title: '',
        filename: 'a.jpg',
        ...picture,
      })
      if (made.outcome !== 'created') throw new Error(made.outcome)
      return id
    },
  }
}
