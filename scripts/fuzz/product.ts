import { join } from 'node:path'
import {
  type Client,
  createUser,
  type LogLine,
  type Scope,
  type Service,
  signIn,
  startStack,
  type TestUser,
} from '@tintype/testkit'
import type { ScratchFolder } from '../check/scratch-folder.ts'
import { startPostgres } from '../stores/postgres.ts'

export interface FuzzedProduct {
  /** Two users without pictures, whom no limit of theirs keeps from sending any. */
  forPictures(): Promise<Client>
  forRequests(): Promise<Client>
  /** Says which services have ended, or had faults, since it was last asked. */
  faults(): string[]
}

const MAX_PIXELS = 100_000_000
/** Access tokens live for fifteen minutes. */
const SIGN_IN_EVERY_MS = 300_000

/** The whole product as processes, on stores of its own. */
export async function startFuzzedProduct(t: Scope, scratch: ScratchFolder): Promise<FuzzedProduct> {
  const dataDir = join(scratch.path, 'postgres')
  const postgres = await startPostgres({ dataDir, runDir: scratch.run, ephemeral: true })
  t.teardown(() => postgres.kill())
  process.env.TEST_DATABASE_URL = postgres.url
  process.env.TEST_RUN_DIR = scratch.run
  process.env.TMPDIR = scratch.tmp
  // Lines of every request would fill this process's memory.
  const stack = await startStack(t, { env: { LOG_LEVEL: 'warn' } })
  const admin = await stack.signInAsAdmin()
  const { body: tier } = await admin.post<{ id: string }>('/v1/admin/tiers', {
    name: 'fuzzed',
    thumbnailHeights: [16, 200],
    maxPixels: MAX_PIXELS,
    quotaBytes: Number.MAX_SAFE_INTEGER,
    quotaImages: 1_000_000_000,
    readsPerMinute: 1_000_000,
    uploadsPerMinute: 1_000_000,
  })
  const services = [stack.gateway, stack.links, ...stack.workers]
  const read = new Map<Service, number>(services.map((service) => [service, service.logs.length]))

  return {
    forPictures: signedIn(stack.url, await createUser(admin, { tier: tier.id })),
    forRequests: signedIn(stack.url, await createUser(admin, { tier: tier.id })),
    faults() {
      return services.flatMap((service) => {
        const lines = service.logs.slice(read.get(service))
        read.set(service, service.logs.length)
        const ended = service.running() ? [] : [`${service.name} has ended`]
        return [...ended, ...lines.filter(isFault).map((line) => `${service.name}: ${JSON.stringify(line)}`)]
      })
    },
  }
}

/** What pino calls an error or worse, and what is no line of the log at all. */
function isFault(line: LogLine): boolean {
  return 'text' in line || Number(line.level) >= 50
}

function signedIn(url: string, { username, password, client }: TestUser): () => Promise<Client> {
  let current = client
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SIGN_IN_EVERY_MS) return current
    current = await signIn(url, { username, password })
    since = performance.now()
    return current
  }
}
