import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Test files that run one after another in one process. */
export interface TestGroup {
  name: string
  files: string[]
}

/** How a test file says that it must not share its process, and why. */
const ALONE = /^\/\/ In a process of its own: \S/m
/** A workspace member's tests, or those of one folder in them. */
const ROOM = /^(.*?\/test(?=\/)(?:\/[^/]+(?=\/))?)/

/**
 * Puts the tests of a folder into one process: half of what a test file costs is
 * the start of a process and of what it tests. Those that say so stay alone.
 *
 * The largest groups come first, as they take longest; between them those that
 * are alone, which wait for most of their time, so that others have the cores.
 */
export function groupTests(files: string[]): TestGroup[] {
  const alone = files.filter((file) => ALONE.test(readFileSync(file, 'utf8')))
  const rooms = Map.groupBy(
    files.filter((file) => !alone.includes(file)),
    (file) => ROOM.exec(file)?.[1] ?? file,
  )
  const groups = [...rooms].map(([name, files]) => ({ name, files })).sort((a, b) => bytesOf(b) - bytesOf(a))
  const waiting = alone.map((file) => ({ name: file, files: [file] }))
  return [
    ...groups.flatMap((group, at) => [group, ...waiting.slice(at, at + 1)]),
    ...waiting.slice(groups.length),
  ]
}

function bytesOf({ files }: TestGroup): number {
  return files.reduce((sum, file) => sum + statSync(file).size, 0)
}

const FOLDER = 'together'
const WRITTEN = new RegExp(`^.*/${FOLDER}/(.*)\\.test\\.mjs$`)

/** What to call a test file: one that was written for a group, by the group's name. */
export function groupName(file: string): string {
  return file.replace(WRITTEN, '$1')
}

/**
 * Writes a test file for each group of several, below `folder`.
 * @returns what to run: the written files, and those that stay alone.
 */
export function writeGroups(groups: TestGroup[], folder: string): string[] {
  return groups.map(({ name, files }) => {
    const [first = ''] = files
    if (files.length === 1) return first
    const path = join(folder, FOLDER, `${name}.test.mjs`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, loadingAll(files))
    return path
  })
}

/**
 * tap takes a process's tests for done when none is left: so loading the files
 * is one. Theirs come behind it, which is why none may be awaited at top level.
 */
function loadingAll(files: string[]): string {
  const imports = files.map((file) => `  await import(${JSON.stringify(pathToFileURL(resolve(file)).href)})`)
  const tap = JSON.stringify(import.meta.resolve('tap'))
  return [`import t from ${tap}`, `t.test('its files load', async () => {`, ...imports, '})', ''].join('\n')
}
