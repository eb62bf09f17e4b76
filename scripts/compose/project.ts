import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { ROOT } from '../environment.ts'
import { freePort } from '../stores/free-port.ts'
import { mustRun, type Ran, run } from './run.ts'

/** The tag of the images that a check builds. They stay, as the next check's cache. */
export const TAG = 'compose-check'
export const SERVICES = ['gateway', 'worker', 'links', 'store-setup'] as const

const BUILD_MS = 480_000
const UP_MS = 240_000

/** docker-compose.yml as a project of its own: its name, secrets, port and volumes are nobody else's. */
export interface Project {
  url: string
  admin: { username: string; password: string }
  build(services: readonly string[]): Promise<void>
  up(...args: string[]): Promise<void>
  /** With nothing set: what somebody meets who skipped the first step. */
  configWithoutSecrets(): Promise<Ran>
  /** Ids of a service's containers, stopped ones included. */
  containers(service?: string): Promise<string[]>
  inspect(container: string, format: string): Promise<string>
  exec(container: string, ...command: string[]): Promise<string>
  /** SIGTERM, and the grace that the file gives. */
  stop(): Promise<void>
  logs(): Promise<string>
  /** Containers, networks, volumes and secrets go. */
  remove(): Promise<void>
}

/** @returns the command line's beginning, or nothing where neither plugin nor docker-compose is installed. */
export async function findCompose(): Promise<[string, ...string[]] | undefined> {
  if ((await run('docker', ['compose', 'version'])).code === 0) return ['docker', 'compose']
  if ((await run('docker-compose', ['version'])).code === 0) return ['docker-compose']
  return undefined
}

export async function createProject([command, ...first]: [string, ...string[]]): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'tintype-compose-'))
  const envFile = join(folder, 'env')
  const emptyFile = join(folder, 'empty')
  writeFileSync(emptyFile, '')
  const port = await freePort()
  await mustRun(process.execPath, [join(ROOT, 'scripts', 'make-env.mjs'), envFile])
  appendFileSync(
    envFile,
    `PORT=${port}\nBIND_ADDRESS=127.0.0.1\nTINTYPE_VERSION=${TAG}\nWORKER_CONCURRENCY=2\n`,
  )
  const secrets = parseEnv(readFileSync(envFile, 'utf8'))
  const name = `tintype-check-${process.pid}`
  // What the shell has set would win over the file.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => /^(PATH|HOME|TMPDIR|DOCKER_\w+|\w+_PROXY)$/i.test(key)),
  )
  const base = [...first, '--file', join(ROOT, 'docker-compose.yml'), '--project-name', name]
  const compose = (args: string[], timeoutMs: number) =>
    run(command, [...base, '--env-file', envFile, ...args], { env, timeoutMs })
  const mustCompose = (args: string[], timeoutMs: number) =>
    mustRun(command, [...base, '--env-file', envFile, ...args], { env, timeoutMs })

  return {
    url: `http://localhost:${port}`,
    admin: { username: secrets.ADMIN_USERNAME ?? '', password: secrets.ADMIN_PASSWORD ?? '' },
    async build(services) {
      await mustCompose(['build', ...services], BUILD_MS)
    },
    async up(...args) {
      await mustCompose(['up', '--detach', '--no-build', ...args], UP_MS)
    },
    configWithoutSecrets: () =>
      run(command, [...base, '--env-file', emptyFile, 'config'], { env, timeoutMs: 60_000 }),
    async containers(service) {
      const filters = [`label=com.docker.compose.project=${name}`]
      if (service !== undefined) filters.push(`label=com.docker.compose.service=${service}`)
      const args = ['ps', '--all', '--quiet', ...filters.flatMap((filter) => ['--filter', filter])]
      const output = await mustRun('docker', args)
      return output.split('\n').filter(Boolean)
    },
    inspect: async (container, format) =>
      (await mustRun('docker', ['inspect', '--format', format, container])).trim(),
    exec: (container, ...args) => mustRun('docker', ['exec', container, ...args]),
    async stop() {
      await mustCompose(['stop'], UP_MS)
    },
    async logs() {
      return (await compose(['logs', '--no-color', '--tail=30'], 60_000)).output
    },
    async remove() {
      const { code, output } = await compose(['down', '--volumes', '--timeout', '5'], UP_MS)
      rmSync(folder, { recursive: true, force: true })
      if (code !== 0) throw new Error(`the stack was not removed:\n${output}`)
    },
  }
}
