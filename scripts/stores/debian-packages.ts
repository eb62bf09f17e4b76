import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The full path of a command on PATH, or in the folders of system tools that a user's PATH leaves out. */
export function findOnPath(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder || '.', command)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** How long whoever else is at apt may take, in seconds. */
const APT_PATIENCE_SECONDS = 300

/** The install that was asked for last: apt serves one at a time, and each has service starts turned off and on again. */
let lastInstall: Promise<unknown> = Promise.resolve()

/**
 * Installs packages with apt when this is root, or when sudo asks for no
 * password. A service that a package brings is not started.
 * @returns `unavailable` when there is no apt, or no right to use it.
 * @throws with apt's own words when it fails.
 */
export async function installDebianPackages(
  packages: string[],
  say: (line: string) => void,
): Promise<'installed' | 'unavailable'> {
  const sudo = rootPrefix()
  if (sudo === undefined || findOnPath('apt-get') === undefined) return 'unavailable'
  const install = lastInstall.then(async () => {
    say(`installing ${packages.join(', ')} (apt-get) …`)
    const lockTimeout = `DPkg::Lock::Timeout=${APT_PATIENCE_SECONDS}`
    const apt = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', lockTimeout, '-qq']
    await updateLists([...apt, 'update'])
    await withoutServiceStarts(sudo, () =>
      run([...apt, '-y', '--no-install-recommends', 'install', ...packages]),
    )
  })
  lastInstall = install.catch(() => {}) // whoever asked for it is told
  await install
  return 'installed'
}

/** apt waits for the lock of its packages, but not for that of its lists. */
async function updateLists(command: string[]): Promise<void> {
  const deadline = performance.now() + APT_PATIENCE_SECONDS * 1000
  for (;;) {
    try {
      return await run(command)
    } catch (error) {
      const isLocked = error instanceof Error && error.message.includes('/lists/lock')
      if (!isLocked || performance.now() > deadline) throw error
    }
    await delay(1000)
  }
}

/** Nothing for root, `sudo` for those it lets through without a question. */
function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return []
  const asked = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' })
  return asked.status === 0 ? ['sudo', '-n'] : undefined
}

/** Packages ask /usr/sbin/policy-rc.d before they start a service; 101 means no (invoke-rc.d(8)). */
async function withoutServiceStarts(sudo: string[], work: () => Promise<void>): Promise<void> {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  await run([...sudo, 'sh', '-c', `printf '#!/bin/sh\\nexit 101\\n' >${policy} && chmod 755 ${policy}`])
  try {
    await work()
  } finally {
    await run([...sudo, 'rm', '-f', policy])
  }
}

function run([command = '', ...args]: string[]): Promise<void> {
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, options)
    const said: Buffer[] = []
    child.stdout?.on('data', (chunk) => said.push(chunk))
    child.stderr?.on('data', (chunk) => said.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) return resolve()
      const words = Buffer.concat(said).toString().trim().split('\n').slice(-15).join('\n')
      reject(new Error(`${[command, ...args].join(' ')} failed: ${words}`))
    })
  })
}
