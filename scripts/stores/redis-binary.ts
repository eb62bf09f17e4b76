import { spawnSync } from 'node:child_process'
import { findOnPath, installDebianPackages } from './debian-packages.ts'

export interface RedisBinary {
  path: string
  /** Debian's redis-check-rdb is the server itself; it goes by the name it is called. */
  argv0: string
}

/** BullMQ's floor: the commands it uses came with it. */
const OLDEST = [6, 2] as const

const CANDIDATES: RedisBinary[] = [
  { path: 'redis-server', argv0: 'redis-server' },
  { path: 'valkey-server', argv0: 'valkey-server' },
  { path: 'redis-check-rdb', argv0: 'redis-server' },
]

/**
 * Finds a Redis (or Valkey) server, or installs one. From Debian comes
 * `redis-tools`: it holds the server's binary, while the package `redis-server`
 * would add a system user and a service that runs by itself.
 * @throws one sentence that says how to install it.
 */
export async function redisBinary(say: (line: string) => void): Promise<RedisBinary> {
  const found = findRedis()
  if (found !== undefined) return found
  const outcome = await installDebianPackages(['redis-tools'], say)
  const installed = outcome === 'installed' ? findRedis() : undefined
  if (installed !== undefined) return installed
  throw new Error(
    'Redis 6.2 or newer is missing: install it (Debian, Ubuntu: apt-get install redis-tools; ' +
      'macOS: brew install redis; Fedora: dnf install valkey) or set REDIS_URL to one of your own.',
  )
}

function findRedis(): RedisBinary | undefined {
  for (const { path: name, argv0 } of CANDIDATES) {
    const path = findOnPath(name)
    if (path !== undefined && isRecent(path, argv0)) return { path, argv0 }
  }
  return undefined
}

/** `Redis server v=7.0.15 sha=…`, `Valkey server v=8.1.1 …`. */
function isRecent(path: string, argv0: string): boolean {
  const said = spawnSync(path, ['--version'], { argv0, encoding: 'utf8' }).stdout
  const [, major, minor] = /v=(\d+)\.(\d+)/.exec(said) ?? []
  if (major === undefined || minor === undefined) return false
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1])
}
