import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ROOT } from '../environment.ts'

/**
 * tap puts its test class together from plugins, which has to be done once for
 * our list of them; a run that finds another one builds it and then fails. The
 * mark lies beside what was built, so that an install which replaces one takes
 * away both.
 */
export function isTapBuilt(): boolean {
  const mark = join(builtClass(), '.tintype')
  return existsSync(mark) && readFileSync(mark, 'utf8') === pluginsKey()
}

/** Runs tap's build on files of this checkout's own. */
export async function buildTap(build: () => Promise<void>): Promise<void> {
  unshare(builtClass())
  await build()
  writeFileSync(join(builtClass(), '.tintype'), pluginsKey())
}

/**
 * pnpm links a package's files to its store, where every checkout on the
 * machine has them from, and tap writes them in place. Copies take the place of
 * the links.
 */
function unshare(folder: string): void {
  const [own, shared] = [`${folder}.own`, `${folder}.shared`]
  for (const path of [own, shared]) rmSync(path, { recursive: true, force: true })
  cpSync(folder, own, { recursive: true, verbatimSymlinks: true })
  renameSync(folder, shared)
  renameSync(own, folder)
  rmSync(shared, { recursive: true })
}

function builtClass(): string {
  const main = createRequire(import.meta.resolve('tap')).resolve('@tapjs/test')
  return join(dirname(main), '..', '..', 'test-built')
}

function pluginsKey(): string {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, '.taprc')))
    .digest('hex')
}
