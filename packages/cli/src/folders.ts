import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Io } from './io.ts'

/** Where settings are, by the XDG Base Directory Specification. */
export function configFolder({ env }: Pick<Io, 'env'>): string {
  return join(folderOf(env.XDG_CONFIG_HOME, '.config', env), 'tintype')
}

/** Where is kept what the next run goes on with. */
export function stateFolder({ env }: Pick<Io, 'env'>): string {
  return join(folderOf(env.XDG_STATE_HOME, '.local/state', env), 'tintype')
}

/** The specification has relative paths ignored. */
function folderOf(value: string | undefined, fallback: string, env: Io['env']): string {
  return value?.startsWith('/') === true ? value : join(env.HOME ?? homedir(), fallback)
}

/** The file's text; undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Puts a file in place as a whole, for its owner alone. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(fresh, text, { mode: 0o600, flag: 'wx', flush: true })
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}
