import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { endAll, run } from '../../compose/run.ts'
import { processStart } from '../../stores/process-identity.ts'
import { scratchFolder, until } from '../scratch.ts'

/** A shell whose own child cleans up after itself when it is told to end, and writes its pid into a file. */
function shellWithChild(folder: string): string[] {
  const child = `trap 'echo cleaned >${folder}/cleaned; exit 1' TERM; echo $$ >${folder}/pid; sleep 60 & wait`
  return ['-c', `bash -c "${child.replaceAll('$', '\\$')}"; true`]
}

for (const [name, end] of [
  ['what takes too long ends', undefined],
  ['what is told to end does', endAll],
] as const) {
  t.test(`${name} with all that it began, which may clean up first`, async (t) => {
    const folder = scratchFolder(t)
    const ran = run('bash', shellWithChild(folder), { timeoutMs: end === undefined ? 2000 : 60_000 })
    await until('the child', () => existsSync(join(folder, 'pid')))
    await end?.()
    t.equal((await ran).code === 124, end === undefined)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await until('the end of the child', () => processStart(pid) === undefined)
    t.ok(existsSync(join(folder, 'cleaned')))
  })
}
