import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ROOT } from './environment.ts'
import { startChild } from './stores/child.ts'

const FOLDER = join(ROOT, 'packages', 'console')
const BUILT = join(FOLDER, 'dist')
const STAMP = '.sources'
/** All that decides what a build leaves. */
const SOURCES = [
  'packages/console/{index.html,package.json,vite.config.ts}',
  'packages/console/{src,public}/**/*.*',
  'packages/{domain,sdk}/src/**/*.ts',
  'pnpm-lock.yaml',
]

/**
 * Builds the console's files where they are not, or not what its sources are now.
 * @throws with the builder's words when it fails.
 */
export async function ensureConsole(runDir: string, say: (line: string) => void): Promise<void> {
  const key = sourcesKey()
  if (isBuilt(key)) return
  say('Building the console …')
  // Beside, and put in place whole: another start may be serving the one that is there.
  const fresh = join(FOLDER, 'node_modules', '.cache', `dist-${process.pid}`)
  const bin = join(FOLDER, 'node_modules', '.bin')
  const said: string[] = []
  const child = await startChild({
    name: 'vite',
    command: join(bin, 'vite'),
    args: ['build', '--outDir', fresh, '--emptyOutDir'],
    marker: fresh,
    cwd: FOLDER,
    env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
    runDir,
    output: { onLine: (line) => said.push(line) },
  })
  const { code, signal } = await child.exited
  if (code !== 0) {
    await rm(fresh, { recursive: true, force: true })
    throw new Error(
      [`The console could not be built; vite ended with ${signal ?? code}:`, ...said].join('\n'),
    )
  }
  writeFileSync(join(fresh, STAMP), key)
  await rm(BUILT, { recursive: true, force: true })
  await rename(fresh, BUILT)
}

function isBuilt(key: string): boolean {
  const stamp = join(BUILT, STAMP)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === key
}

function sourcesKey(): string {
  const hash = createHash('sha256')
  for (const file of globSync(SOURCES, { cwd: ROOT }).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(ROOT, file)))
  }
  return hash.digest('hex')
}
