import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import {
  createPendingImage,
  createSession,
  createUser,
  type Database,
  findTier,
  migrate,
  openDatabase,
  publishRenditions,
} from '@tintype/database'
import { originalKey, type RenditionName, renditionKey, uuidv7 } from '@tintype/domain'
import { createProducer } from '@tintype/jobs'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import {
  connectRedis,
  createHttpServer,
  createLogger,
  createReadRecorder,
  disconnectRedis,
  type HttpServer,
  jwtPrivateKey,
  jwtPublicKeys,
  registerAuth,
} from '@tintype/service-kit'
import {
  type Client,
  createClient,
  createTestDatabase,
  createTestFileStore,
  createTestKeys,
  poll,
  type Scope,
  startTcpProxy,
  startTestRedis,
  type TcpProxy,
  type TestKeys,
  type TestRedis,
} from '@tintype/testkit'
import { Redis } from 'ioredis'
import postgres from 'postgres'
import { createLinksApp, type LinksDependencies } from '../src/app.ts'
import { LIVE_RECORD_REDIS } from '../src/links/live-record.ts'
import { linkSigningKeys } from '../src/links/signing-keys.ts'
import { createUseRecorder } from '../src/links/use-recorder.ts'

export interface Stage {
  url: string
  app: HttpServer
  /** What the app was made of. */
  dependencies: LinksDependencies
  database: Database
  /** Statements of the test's own. */
  sql: postgres.Sql
  store: ObjectStore
  redis: TestRedis
  /** Commands of the test's own. */
  redisClient: Redis
  keys: TestKeys
  databaseUrl: string
  storeUrl: string
  /** Between the service and PostgreSQL. */
  databaseProxy: TcpProxy
  /** A caller without an account. */
  visitor: Client
  addOwner(tier?: string): Promise<Owner>
  addImage(owner: Owner, fields?: { filename?: string; original?: Buffer }): Promise<Picture>
}

export interface Owner {
  id: string
  client: Client
}

export interface Picture {
  id: string
  original: Buffer
  /** Makes a thumbnail, as a worker would. */
  publish(name: RenditionName, bytes?: Buffer): Promise<Buffer>
}

export interface Issued {
  id: string
  url: string
  target: string
  expiresAt: string
  expiresIn: number
  usesLeft?: number
}

/** The links service as it listens, over a database, a Redis and a folder of its own. */
export async function startStage(t: Scope, overrides: Partial<LinksDependencies> = {}): Promise<Stage> {
  const { url: databaseUrl } = await createTestDatabase(t)
  const redis = await startTestRedis(t)
  const { storeUrl } = await createTestFileStore(t)
  const keys = createTestKeys()
  await migrate(databaseUrl)

  const log = createLogger('links', 'silent')
  const database = openDatabase(databaseUrl)
  t.teardown(() => database.close())
  const sql = postgres(databaseUrl, { max: 1 })
  t.teardown(() => sql.end())
  const store = overrides.store ?? (await createObjectStore(storeUrl))
  const databaseProxy = await startTcpProxy(t, databaseUrl)
  const own = openDatabase(databaseProxy.url)
  t.teardown(() => own.close())
  const redisClient = connectRedis(redis.url, {}, log)
  t.teardown(() => disconnectRedis(redisClient))
  const connection = connectRedis(redis.url, LIVE_RECORD_REDIS, log)
  t.teardown(() => disconnectRedis(connection))
  const producer = createProducer(connection)
  t.teardown(() => producer.close())
  const reads = createReadRecorder({ database: own, log })
  t.teardown(() => reads.stop())
  const uses = createUseRecorder({ database: own, log })
  t.teardown(() => uses.stop())

  const dependencies: LinksDependencies = {
    database: own,
    store,
    redis: connection,
    producer,
    reads,
    uses,
    publicUrl: 'https://pictures.example',
    linkSigningKeys: linkSigningKeys.parse(keys.linkSigningKeys),
    verificationKeys: jwtPublicKeys.parse(keys.jwtPublicKeys),
    corsOrigins: [],
    anonymousPerMinute: 1_000_000,
    trustProxy: false,
    log,
    ...overrides,
  }
  const app = await createLinksApp(dependencies)
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  await poll(() => connection.status === 'ready', { waitingFor: 'the connection to Redis' })

  const addOwner = createOwners(database, keys, url)
  return {
    url,
    app,
    dependencies,
    database,
    sql,
    store,
    redis,
    redisClient,
    keys,
    databaseUrl,
    storeUrl,
    databaseProxy,
    visitor: createClient(url),
    addOwner,
    addImage: (owner, fields) => addImage(database, store, owner.id, fields),
  }
}

/** Makes users who are signed in at the service behind `url`, as the gateway would. */
export function createOwners(database: Database, keys: TestKeys, url: string) {
  const signingKey = jwtPrivateKey.parse(keys.jwtPrivateKey)
  const gateway = createHttpServer({ log: createLogger('gateway', 'silent') })
  const auth = registerAuth(gateway, {
    database,
    verificationKeys: [],
    signingKey,
    // It mints tokens and is asked for nothing.
    redis: new Redis({ lazyConnect: true }),
    anonymousPerMinute: 1,
    publicUrl: () => url,
    corsOrigins: [],
  })

  return async (tierName = 'Enterprise'): Promise<Owner> => {
    const tier = await findTier(database, tierName)
    const username = `user-${randomBytes(6).toString('hex')}`
    const saved = await createUser(database, {
      username,
      passwordHash: '-',
      role: 'user',
      tierId: tier?.id ?? '',
    })
    if (saved.outcome !== 'saved') throw new Error(saved.outcome)
    const userId = saved.user.id
    const session = await createSession(database, { userId, lifeSeconds: 600, userAgent: '', address: '' })
    if (session === undefined) throw new Error('the user has no session')
    const token = (await auth).mint({ ...session, userId })
    return { id: userId, client: createClient(url, token) }
  }
}

export async function addImage(
  database: Database,
  store: ObjectStore,
  ownerId: string,
  { filename = 'cat.png', original = randomBytes(5000) }: { filename?: string; original?: Buffer } = {},
): Promise<Picture> {
  const id = uuidv7()
  await store.put(originalKey(id), original, { bytes: original.length, contentType: 'image/png' })
  await createPendingImage(database, {
    id,
    ownerId,
    title: '',
    filename,
    sha256: '0'.repeat(64),
    format: 'png',
    width: 640,
    height: 480,
    bytes: original.length,
  })

  async function publish(name: RenditionName, bytes = randomBytes(2000)): Promise<Buffer> {
    const key = renditionKey(id, name, uuidv7(), 'jpg')
    await store.put(key, bytes, { bytes: bytes.length, contentType: 'image/jpeg' })
    const file = { name, key, format: 'jpeg' as const, width: 267, height: 200, bytes: bytes.length }
    await publishRenditions(database, id, { width: 640, height: 480, thumbhash: '', files: [file] })
    return bytes
  }
  return { id, original, publish }
}

/** Issues a link. @throws unless it is issued. */
export async function issue(owner: Owner, picture: Picture, fields: object = {}): Promise<Issued> {
  const body = { target: 'original', ...fields }
  const answer = await owner.client.post<Issued>(`/v1/images/${picture.id}/links`, body)
  if (answer.status !== 201) throw new Error(`a link was answered with ${answer.status}: ${answer.bytes}`)
  return answer.body
}

/** The path of a link, whatever origin it names. */
export function pathOf({ url }: { url: string }): string {
  return new URL(url).pathname
}

export function basic(password: string, username = 'whoever'): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}
