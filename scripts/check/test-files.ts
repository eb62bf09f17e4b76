import { globSync, statSync } from 'node:fs'
import { sep } from 'node:path'

export interface Selection {
  /** For tap, as they are. */
  flags: string[]
  /** Empty: every test, as `.taprc` lists them. */
  files: string[]
}

/**
 * Sorts the arguments of `npm test -- …` into tap's flags and test files; a
 * folder stands for the tests in it, since tap takes files alone.
 * @throws one sentence when something that was named holds no test.
 */
export function selectTests(args: string[]): Selection {
  const flags = args.filter((arg) => arg.startsWith('-'))
  const files = args.filter((arg) => !arg.startsWith('-')).flatMap(testsIn)
  return { flags, files }
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
