import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../environment.ts'
import { pick } from '../json-value.ts'
import { findOnPath, installDebianPackages } from '../stores/debian-packages.ts'

/** The first is the same engine without what draws windows: a quarter less work for the same tests. */
const COMMANDS = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

/**
 * Sees to it that the browser tests have a Chromium, if there are such tests.
 * @throws one sentence when it is missing and cannot be installed.
 */
export async function ensureBrowser(say: (line: string) => void): Promise<void> {
  if (!hasBrowserTests() || browserPath() !== undefined) return
  const outcome = await installDebianPackages(['chromium-headless-shell'], say)
  if (outcome === 'installed' && browserPath() !== undefined) return
  throw new Error(
    'The browser tests need Chromium: install it (Debian: apt-get install chromium-headless-shell) or name one in CHROMIUM_PATH.',
  )
}

/** Where the browser is: CHROMIUM_PATH, or what the machine has. */
export function browserPath(): string | undefined {
  return process.env.CHROMIUM_PATH || COMMANDS.map(findOnPath).find((path) => path !== undefined)
}

function hasBrowserTests(): boolean {
  return globSync('{packages,services,scripts}/{*/,}package.json', { cwd: ROOT }).some((file) => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, file), 'utf8'))
    const declared = [pick(manifest, 'dependencies'), pick(manifest, 'devDependencies')]
    return declared.some((list) => pick(list, 'playwright-core') !== undefined)
  })
}
