import { globSync, statSync } from 'node:fs'
import { sep } from 'node:path'

export interface Selection {
  files: string[]
  /** Whether that is every test there is. */
  isEverything: boolean
}

/** Where the tests are. */
const ROOMS = ['packages', 'services', 'scripts']

/**
 * What the arguments of `npm test -- …` stand for: files, and folders for the tests in them.
 * @throws one sentence when something that was named holds no test.
 */
export function selectTests(args: string[]): Selection {
  const isEverything = args.length === 0
  return { files: (isEverything ? ROOMS : args).flatMap(testsIn), isEverything }
}

function testsIn(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) throw new Error(`There is no ${path}: tests are named by their files or folders.`)
  if (!found.isDirectory()) return [path]
  // `exclude` does not apply to absolute patterns.
  const files = globSync(`${path.replace(/\/+$/, '')}/**/*.test.ts`).filter(
    (file) => !file.split(sep).includes('node_modules'),
  )
  if (files.length === 0) throw new Error(`There is no test in ${path}.`)
  return files.sort()
}
