// npm test: everything there is to check, on real stores. With arguments, only
// the tests they name: npm test -- packages/domain

import { join } from 'node:path'
import { ensureConsole } from '../console.ts'
import { ROOT } from '../environment.ts'
import { onStopRequest } from '../stop-request.ts'
import { type Child, startChild } from '../stores/child.ts'
import { type AuditOutcome, auditDependencies } from './audit.ts'
import { ensureBrowser } from './browser.ts'
import { createResults } from './results.ts'
import { runTests as runTestFiles } from './run-tests.ts'
import { makeScratchFolder, type ScratchFolder } from './scratch-folder.ts'
import { STATIC_STEPS, type StaticStep } from './static-steps.ts'
import { type Selection, selectTests } from './test-files.ts'
import { groupName, groupTests, writeGroups } from './test-groups.ts'
import { startTestStores } from './test-stores.ts'

const INTERRUPTED = 130
/** More than cores: many tests wait for a lock to expire or a process to end. */
const JOBS = 4
const TEST_TIMEOUT_MS = 600_000

let scratch: ScratchFolder | undefined
let interrupted = false

/** What falls over because of an interruption is not worth a word. */
const say = (line: string) => {
  if (!interrupted) console.log(line)
}
const results = createResults(say)

onStopRequest({
  first: () => void leave(INTERRUPTED),
  again: () => void leave(INTERRUPTED, 0),
})

try {
  const selection = selectTests(process.argv.slice(2))
  scratch = await makeScratchFolder({ inMemory: true })
  await check(selection, scratch)
  say(results.report())
  await leave(results.anyFailed() ? 1 : 0)
} catch (error) {
  if (!interrupted) console.error(error instanceof Error ? error.message : error)
  await leave(1)
}

async function check(selection: Selection, folder: ScratchFolder): Promise<void> {
  let env: Record<string, string> = {}
  const stores = results.step('stores', async () => {
    env = await startTestStores(folder, process.env, say)
    await ensureBrowser(say)
  })
  const built = results.step('console', () => ensureConsole(folder.run, say))
  // Judged at the end: what became known of a dependency overnight keeps nobody from running the tests.
  const asked = selection.isEverything ? auditDependencies(folder.run) : undefined
  if (selection.isEverything) {
    for (const step of STATIC_STEPS) await results.step(step.name, () => runStatic(step, folder))
  }
  const ready = [await stores, await built].every(Boolean)
  if (!ready || results.anyFailed()) results.notRun('tests')
  else await results.step('tests', () => runTests(selection, env, folder))
  if (asked !== undefined) await judge(await asked)
}

/** Nothing that nobody answered is passed or failed: it is told as what it is. */
async function judge(audit: AuditOutcome): Promise<void> {
  if (audit.outcome === 'unanswered') {
    say(`advisories: no registry answered, so nothing is known of the dependencies: ${audit.reason}`)
    return results.notRun('advisories')
  }
  await results.step('advisories', async () => {
    const lines = audit.advisories.map((one) => `${one.package}, ${one.severity}: ${one.title} (${one.url})`)
    if (lines.length > 0) throw new Error(['in what runs in production:', ...lines].join('\n  '))
  })
}

async function runStatic({ name, command, args, proof }: StaticStep, folder: ScratchFolder): Promise<void> {
  const said: string[] = []
  const child = await startTool(command, args, folder, (line) => said.push(line))
  const { code, signal } = await child.exited
  const words = [[command, ...args].join(' '), `ended with ${signal ?? code}`].join(' ')
  if (code !== 0) throw new Error([words, ...said].join('\n'))
  if (proof !== undefined && !said.some((line) => proof.shows.test(line)))
    throw new Error(`${name}: ${proof.otherwise}`)
}

async function runTests(selection: Selection, env: Record<string, string>, folder: ScratchFolder) {
  const { counts, failedFiles } = await runTestFiles(
    writeGroups(groupTests(selection.files), join(folder.tmp, 'groups')),
    {
      jobs: JOBS,
      timeoutMs: TEST_TIMEOUT_MS,
      runDir: folder.run,
      nameOf: groupName,
      say,
      env: {
        ...process.env,
        ...env,
        TEST_RUN_DIR: folder.run,
        TMPDIR: folder.tmp,
        // Hundreds of processes begin with the same modules: each is stripped of its types once.
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compiled'),
      },
    },
  )
  results.count(counts)
  if (failedFiles.length > 0) throw new Error(`failed in ${failedFiles.map(groupName).join(', ')}`)
}

/** One of the project's own tools, as a child that ends with this process. */
function startTool(
  command: string,
  args: string[],
  folder: ScratchFolder,
  onLine: (line: string) => void,
): Promise<Child> {
  return startChild({
    name: command,
    command: join(ROOT, 'node_modules', '.bin', command),
    args,
    cwd: ROOT,
    runDir: folder.run,
    output: { onLine },
  })
}

/** Ends whatever still runs for the tests, removes their files, and exits. */
async function leave(code: number, graceMs?: number): Promise<void> {
  if (code === INTERRUPTED) interrupted = true
  await scratch?.remove(graceMs)
  process.exit(interrupted ? INTERRUPTED : code)
}
