// node scripts/bootstrap.mjs start|test|bench|fuzz|chaos|soak [arguments]
//
// What `npm start`, `npm test` and the commands of package.json run first: plain JavaScript for whatever Node
// the machine has, without dependencies. It installs what is not installed yet,
// and hands over to the Node 24 that comes with it.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const OLDEST_NODE = 20
const PROGRAMS = {
  start: 'scripts/start/main.ts',
  test: 'scripts/check/main.ts',
  bench: 'scripts/bench/main.ts',
  fuzz: 'scripts/fuzz/main.ts',
  chaos: 'scripts/chaos/main.ts',
  soak: 'scripts/soak/main.ts',
}
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MODULES = join(ROOT, 'node_modules')
const STAMP = join(MODULES, '.tintype-install')
const LOCK = join(MODULES, '.tintype-install.lock')

/** The one child at a time that signals are passed on to. @type {import('node:child_process').ChildProcess | undefined} */
let child

passSignalsOn()
try {
  const program = programOf(process.argv[2])
  checkMachine()
  await install()
  process.exitCode = await handOver(program, process.argv.slice(3))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
// Nothing may keep this process longer than the program it stands for.
process.exit()

/** @param {string | undefined} name */
function programOf(name) {
  const program = Object.entries(PROGRAMS).find(([known]) => known === name)?.[1]
  if (program !== undefined) return join(ROOT, program)
  throw new Error('usage: node scripts/bootstrap.mjs start|test|bench|fuzz|chaos|soak [arguments]')
}

function checkMachine() {
  const [major] = process.versions.node.split('.')
  if (Number(major) < OLDEST_NODE) {
    throw new Error(`This is Node ${process.versions.node}; Tintype needs Node ${OLDEST_NODE} or newer.`)
  }
  if (process.platform === 'win32') {
    throw new Error(
      'Tintype runs on Linux and macOS; on Windows, start it inside WSL or with docker compose.',
    )
  }
}

/** Installs the packages of the lock file, unless that was done already. */
async function install() {
  if (isInstalled()) return
  mkdirSync(MODULES, { recursive: true })
  await takeLock()
  try {
    if (isInstalled()) return // by the one that held the lock
    console.log('Installing packages; the first time this takes a minute or two …')
    const manager = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).packageManager.split('+')[0]
    await run('npx', ['-y', manager, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false'])
    writeFileSync(STAMP, installKey())
  } finally {
    rmSync(LOCK, { force: true })
  }
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === installKey()
}

/** Changes with everything that decides what an install leaves behind. */
function installKey() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex')
}

/** Two installs at once in one folder spoil each other: the second one waits. */
async function takeLock() {
  const mine = `${LOCK}.${process.pid}`
  try {
    for (let said = false; ; said = true) {
      // Linked, it is there with its holder's name in it, or not at all.
      writeFileSync(mine, String(process.pid))
      if (tryLink(mine)) return
      if (!isAlive(lockHolder())) {
        breakLock(mine)
        continue
      }
      if (!said) console.log('Waiting for another install in this folder …')
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** @param {string} file */
function tryLink(file) {
  try {
    linkSync(file, LOCK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Takes a dead one's lock away; where somebody alive took it this moment, gives it back.
 * @param {string} aside
 */
function breakLock(aside) {
  try {
    renameSync(LOCK, aside)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  if (isAlive(Number(readFileSync(aside, 'utf8')))) tryLink(aside)
}

function lockHolder() {
  try {
    return Number(readFileSync(LOCK, 'utf8'))
  } catch {
    return 0
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!(pid > 0)) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Runs a command quietly; its words are shown when it fails.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<void>}
 */
function run(command, args) {
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const said = []
    const started = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    started.stdout.on('data', (chunk) => said.push(chunk))
    started.stderr.on('data', (chunk) => said.push(chunk))
    started.once('error', (error) => {
      reject(
        new Error(
          `${command} cannot be started (${error.message}): npm, which brings it, has to be installed.`,
        ),
      )
    })
    started.once('close', (code, signal) => {
      if (code === 0) return resolve()
      const line = `${[command, ...args].join(' ')} ended with ${signal ?? code}:`
      reject(new Error(`${line}\n${Buffer.concat(said).toString()}`))
    })
  })
}

/**
 * Runs a program on the installed Node until it ends. The channel between the
 * two tells the program when this process is killed.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
function handOver(program, args) {
  const bin = join(MODULES, '.bin')
  const node = realpathSync(join(MODULES, 'node', 'bin', 'node'))
  const started = spawn(node, [program, ...args], {
    cwd: ROOT,
    env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  child = started
  return new Promise((resolve, reject) => {
    started.once('error', reject)
    started.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

function passSignalsOn() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (child === undefined) process.exit(128 + constants.signals[signal])
      child.kill(signal)
    })
  }
  // npm that is killed outright passes nothing on. Its disappearance does, once:
  // the program learns of it as it would of the end of this process.
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    if (child?.connected) child.disconnect()
    else child?.kill('SIGTERM')
  }, 500)
  watch.unref()
}
