import { globSync, statSync } from 'node:fs'
import { sep } from 'node:path'

export interface Selection {
  /** For tap, as they are. */
  flags: string[]
  files: string[]
  /** Whether that is every test there is. */
  isEverything: boolean
}

/** Where the tests are. */
const ROOMS = ['packages', 'services', 'scripts']

/**
 * Sorts the arguments of `npm test -- …` into tap's flags and test files; a
 * folder stands for the tests in it, since tap takes files alone.
 * @throws one sentence when something that was named holds no test.
 */
export function selectTests(args: string[]): Selection {
  const flags = args.filter((arg) => arg.startsWith('-'))
  const named = args.filter((arg) => !arg.startsWith('-'))
  const isEverything = named.length === 0
  return { flags, files: (isEverything ? ROOMS : named).flatMap(testsIn), isEverything }
}

function testsIn(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
  // `exclude` does not apply to absolute patterns.
  const found = globSync(`${path.replace(/\/+$/, '')}/**/*.test.ts`).filter(
    (file) => !file.split(sep).includes('node_modules'),
  )
  if (found.length === 0) throw new Error(`There is no test in ${path}.`)
  return found.sort()
}
