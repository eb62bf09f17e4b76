import { join } from 'node:path'
import { ROOT } from '../environment.ts'
import { startChild } from '../stores/child.ts'
import { countsOf, eventfulLines, type TestCounts } from './tap-output.ts'

export interface RunOptions {
  /** How many at once. */
  jobs: number
  /** The longest a process may take, in milliseconds. */
  timeoutMs: number
  env: NodeJS.ProcessEnv
  /** Where the processes are recorded while they live. */
  runDir: string
  /** What a test file is called in what is said. */
  nameOf: (file: string) => string
  say: (line: string) => void
}

export interface RunResult {
  counts: TestCounts
  /** Files whose process did not end well. */
  failedFiles: string[]
}

/**
 * Runs test files, each in a process of its own, in their order. Says a line for
 * each as it ends, and for one that failed everything in it that did not pass.
 */
export async function runTests(files: string[], options: RunOptions): Promise<RunResult> {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0 }
  const failedFiles: string[] = []
  const waiting = files.values()
  const work = async () => {
    for (const file of waiting) {
      const result = await runTestFile(file, options)
      if (!result.succeeded) failedFiles.push(file)
      for (const key of ['passed', 'failed', 'skipped'] as const) counts[key] += result.counts?.[key] ?? 0
      const { nameOf, say } = options
      say(`${result.succeeded ? '  ok  ' : 'FAILED'} ${nameOf(file)} (${result.seconds.toFixed(1)} s)`)
      for (const line of eventfulLines(result.lines, result.succeeded)) say(line)
      if (!result.succeeded) say(result.ending)
    }
  }
  await Promise.all(Array.from({ length: options.jobs }, work))
  return { counts, failedFiles }
}

interface FileResult {
  succeeded: boolean
  seconds: number
  lines: string[]
  counts: TestCounts | undefined
  /** How its process ended, in words. */
  ending: string
}

/** How much later than its own time-out a test process is ended that does not end itself. */
const GRACE_MS = 30_000

async function runTestFile(file: string, { env, timeoutMs, runDir }: RunOptions): Promise<FileResult> {
  const lines: string[] = []
  const startedAt = performance.now()
  const child = await startChild({
    name: 'test',
    command: join(ROOT, 'node_modules', '.bin', 'node'),
    args: [file],
    marker: file,
    cwd: ROOT,
    // What takes longer says itself what it waited for.
    env: { ...env, TAP_TIMEOUT: String(timeoutMs / 1000) },
    runDir,
    output: { onLine: (line) => lines.push(line) },
  })
  const timer = setTimeout(() => void child.kill(), timeoutMs + GRACE_MS)
  const { code, signal } = await child.exited
  clearTimeout(timer)
  const counts = countsOf(lines)
  return {
    // A process that ends before it has counted has not run its tests.
    succeeded: code === 0 && counts !== undefined && counts.failed === 0 && counts.passed > 0,
    seconds: (performance.now() - startedAt) / 1000,
    lines,
    counts,
    ending: `its process ended with ${signal ?? code}${counts === undefined ? ', before it counted its tests' : ''}`,
  }
}
