import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Child, runChild, startChild } from './child.ts'
import { freePort } from './free-port.ts'
import { keptPassword } from './kept-password.ts'
import { type Account, postgresAccount } from './postgres-account.ts'
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts'
import { commandLine } from './process-identity.ts'
import type { Store } from './store.ts'

export interface PostgresOptions {
  /** Made when it is not there, with mode 0700. */
  dataDir: string
  /** Default: a free one. */
  port?: number
  /** Its log. Default: `postgres.log` in the data folder. */
  log?: string
  /** Gives up what survives a power failure, for the speed of tests. */
  ephemeral?: boolean
  /** Where its process is written down. Default: `run` in the data folder. */
  runDir?: string
  /** Another PostgreSQL than the embedded one. A data folder is of one version. */
  binaries?: PostgresBinaries
}

export interface Postgres extends Store {
  /** Of the database `tintype`, for its superuser. */
  readonly url: string
}

interface Cluster {
  path: string
  binaries: PostgresBinaries
  account: Account
  runDir: string
}

const READY_TIMEOUT_MS = 60_000
const NAME = 'tintype'

/**
 * Starts PostgreSQL on 127.0.0.1 alone, without a unix socket, and waits until
 * it takes connections. `stop` is PostgreSQL's fast shutdown.
 * @throws with the end of its log when it does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dataDir, log = join(dataDir, 'postgres.log'), runDir = join(dataDir, 'run') } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const binaries = options.binaries ?? (await postgresBinaries())
  const account = postgresAccount(binaries.postgres)
  const cluster = { path: join(dataDir, 'cluster'), binaries, account, runDir }
  const password = keptPassword(dataDir)
  // Its own C.UTF-8, since not every system has that locale; PostgreSQL has it from 17 on.
  const locale =
    options.binaries === undefined
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C']
  if (!existsSync(cluster.path)) {
    await createCluster(cluster, { password, locale, ephemeral: options.ephemeral ?? false })
  }
  ensureOwner(cluster)
  removeStaleLock(cluster.path)
  const port = options.port ?? (await freePort())
  const child = await startServer(cluster, log, port, options.ephemeral ?? false)
  return {
    url: `postgres://${NAME}:${password}@127.0.0.1:${port}/${NAME}`,
    port,
    pid: child.pid,
    exited: child.exited,
    stop: async () => void (await child.stop()),
    kill: async () => void (await child.kill()),
  }
}

/** Made beside its place and moved there when whole, so that one cut short is made again. */
async function createCluster(
  cluster: Cluster,
  { password, locale, ephemeral }: { password: string; locale: string[]; ephemeral: boolean },
): Promise<void> {
  const draft = { ...cluster, path: `${cluster.path}.new` }
  rmSync(draft.path, { recursive: true, force: true })
  mkdirSync(draft.path, { mode: 0o700 })
  ensureOwner(draft)
  const passwordFile = `${cluster.path}.password`
  writeFileSync(passwordFile, password, { mode: 0o600 })
  try {
    await runAs(draft, draft.binaries.initdb, [
      ...['-D', draft.path, `--username=${NAME}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', ...locale],
      ...['--no-instructions', ...(ephemeral ? ['--no-sync'] : [])],
    ])
    const args = ['--single', '-D', draft.path, ...settings(ephemeral), 'postgres']
    const said = await runAs(draft, draft.binaries.postgres, args, `CREATE DATABASE ${NAME}\n`)
    if (/\b(ERROR|FATAL)\b/.test(said)) throw new Error(`PostgreSQL could not make its database: ${said}`)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(draft.path, cluster.path)
}

function runAs(cluster: Cluster, binary: string, args: string[], input?: string): Promise<string> {
  const [command = binary, ...words] = [...cluster.account.prefix, binary, ...args]
  const common = {
    name: 'initdb',
    command,
    args: words,
    marker: cluster.path,
    runDir: cluster.runDir,
    env: environment(),
  }
  return runChild(input === undefined ? common : { ...common, input })
}

async function startServer(cluster: Cluster, log: string, port: number, ephemeral: boolean): Promise<Child> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  for (;;) {
    const logStart = statSync(log, { throwIfNoEntry: false })?.size ?? 0
    const args = ['-D', cluster.path, '-p', String(port), ...settings(ephemeral)]
    const [command = '', ...words] = [...cluster.account.prefix, cluster.binaries.postgres, ...args]
    const child = await startChild({
      name: 'postgres',
      command,
      args: words,
      marker: cluster.path,
      stopSignal: 'SIGINT',
      runDir: cluster.runDir,
      env: environment(),
      output: { file: log },
    })
    while (child.running() && Date.now() < deadline) {
      if (isReady(cluster.path, child.pid)) return child
      await delay(25)
    }
    await child.kill()
    const said = readFileSync(log).subarray(logStart).toString()
    // After a kill -9 its backends hold the shared memory for a moment longer.
    const passes = said.includes('pre-existing shared memory block')
    if (!passes || Date.now() > deadline) throw new Error(`PostgreSQL did not start. ${said.trim()}`)
    await delay(200)
  }
}

function settings(ephemeral: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    log_checkpoints: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(ephemeral && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** The first line of postmaster.pid is the server's pid, the eighth its state; pg_ctl reads the same. */
function isReady(cluster: string, pid: number): boolean {
  const lines = lockLines(cluster)
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

function lockLines(cluster: string): string[] {
  const path = join(cluster, 'postmaster.pid')
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
}

/**
 * PostgreSQL takes any process with the pid in its lock for a server of its
 * own. In a container that starts again, pids come back soon, so the command
 * line is asked as well.
 */
function removeStaleLock(cluster: string): void {
  const pid = Number(lockLines(cluster)[0])
  if (!Number.isInteger(pid) || pid <= 0) return
  if (commandLine(pid)?.includes(cluster)) return
  rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

/** No PG* variable of whoever starts this means the embedded server. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C' }
}

/** A cluster that was made the other way (see `postgresAccount`) changes its owner. */
function ensureOwner({ path, account: { owner } }: Cluster): void {
  if (owner === undefined || statSync(path).uid === owner.uid) return
  execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, path])
}
