import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../environment.ts'
import { mustRun, run } from './run.ts'

/** Stand-ins for public images, on a machine that reaches no image registry. */
const OFFLINE_IMAGES = join(ROOT, '..', 'shared', 'tools', 'offline-images.sh')
const PULL_MS = 300_000
const STAND_IN_MS = 480_000

type Name = 'node' | 'postgres' | 'redis' | 'minio'

export type BaseImages =
  /** `stores` settles when the images that nothing is built from are there too. */
  { outcome: 'there'; stores: Promise<void> } | { outcome: 'unavailable'; reason: string }

/** Sees to it that there is an engine, and the public images that the Dockerfiles and docker-compose.yml name. */
export async function getBaseImages(say: (line: string) => void): Promise<BaseImages> {
  const tags = namedImages()
  const engine = await run('docker', ['info'])
  if (engine.code === 0) {
    const missing = await missingOf(tags)
    if (missing.length === 0) return { outcome: 'there', stores: Promise.resolve() }
    if (!existsSync(OFFLINE_IMAGES)) return pull(missing, say)
    return standIn(missing, say)
  }
  if (!existsSync(OFFLINE_IMAGES)) return { outcome: 'unavailable', reason: 'no Docker engine answers' }
  return standIn(Object.entries(tags) as [Name, string][], say)
}

/** Read where they are used, so that none is named twice. */
function namedImages(): Record<Name, string> {
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')
  const dockerfile = readFileSync(join(ROOT, 'deploy', 'docker', 'gateway.Dockerfile'), 'utf8')
  const find = (text: string, pattern: RegExp) => {
    const tag = pattern.exec(text)?.[1]
    if (tag === undefined) throw new Error(`no image is named as ${pattern} says`)
    return tag
  }
  return {
    node: find(dockerfile, /^FROM (node:\S+)$/m),
    postgres: find(compose, /image: (postgres:\S+)$/m),
    redis: find(compose, /image: (redis:\S+)$/m),
    minio: find(compose, /image: \$\{MINIO_IMAGE:-(\S+)\}$/m),
  }
}

async function missingOf(tags: Record<Name, string>): Promise<[Name, string][]> {
  const present = await Promise.all(
    Object.values(tags).map(async (tag) => (await run('docker', ['image', 'inspect', tag])).code === 0),
  )
  return (Object.entries(tags) as [Name, string][]).filter((_, index) => present[index] === false)
}

async function pull(missing: [Name, string][], say: (line: string) => void): Promise<BaseImages> {
  for (const [, tag] of missing) {
    say(`pulling ${tag}`)
    const pulled = await run('docker', ['pull', '--quiet', tag], { timeoutMs: PULL_MS })
    if (pulled.code !== 0) {
      const reason = `${tag} cannot be pulled: ${pulled.output.trim().split('\n').at(-1)}`
      return { outcome: 'unavailable', reason }
    }
  }
  return { outcome: 'there', stores: Promise.resolve() }
}

/** The one image that all are built from first; the stores' while ours are being built. */
async function standIn(missing: [Name, string][], say: (line: string) => void): Promise<BaseImages> {
  const make = (images: [Name, string][]) =>
    images.length === 0
      ? Promise.resolve('')
      : mustRun('bash', [OFFLINE_IMAGES, ...images.map(([name, tag]) => `${name}=${tag}`)], {
          timeoutMs: STAND_IN_MS,
        })
  say(`making stand-ins for ${missing.map(([, tag]) => tag).join(', ')}`)
  await make(missing.filter(([name]) => name === 'node'))
  const stores = make(missing.filter(([name]) => name !== 'node')).then(() => {})
  // Whoever awaits it hears of a failure; until then it is nobody's unhandled rejection.
  stores.catch(() => {})
  return { outcome: 'there', stores }
}
