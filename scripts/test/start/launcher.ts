import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { processStart } from '../../stores/process-identity.ts'
import { endLeftovers } from '../../stores/run-records.ts'
import { scratchFolder, until } from '../scratch.ts'

const PROGRAM = fileURLToPath(new URL('../../start/main.ts', import.meta.url))

export interface Launcher {
  pid: number
  lines: string[]
  /** The address in the line `ready …`. @throws when the launcher ends instead. */
  ready(): Promise<string>
  signal(signal: NodeJS.Signals): void
  /** Its exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>
}

/** A data folder whose processes end and whose files go with the test. */
export function dataFolder(t: Test): string {
  const path = join(scratchFolder(t), 'data')
  t.teardown(() => endLeftovers(join(path, 'run'), 0))
  return path
}

/** What `npm start` runs once everything is installed, on a data folder of the test's. */
export function launch(t: Test, dataDir: string, env: Record<string, string> = {}): Launcher {
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME }
  const child = spawn(process.execPath, [PROGRAM], { env: { ...inherited, TINTYPE_DATA: dataDir, ...env } })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  t.teardown(() => child.kill('SIGKILL'))
  return {
    pid: child.pid ?? 0,
    lines,
    signal: (signal) => child.kill(signal),
    ended: () => until('the end of the launcher', () => outcome(child), 60_000),
    async ready() {
      const find = () => lines.find((line) => line.startsWith('ready ')) ?? outcome(child)
      const found = await until('the line `ready`', find, 100_000)
      if (typeof found === 'string' && found.startsWith('ready ')) return found.slice('ready '.length)
      throw new Error(`the launcher ended with ${found}:\n${lines.join('\n')}`)
    },
  }
}

function outcome(child: ChildProcess): number | NodeJS.Signals | undefined {
  return child.exitCode ?? child.signalCode ?? undefined
}

/** Those of a launcher's children that run, as its data folder has them written down. */
export function childrenOf(dataDir: string): { name: string; pid: number }[] {
  const folder = join(dataDir, 'run')
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  const records = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  return records.filter(({ pid }) => isRunning(pid))
}

export function isRunning(pid: number): boolean {
  return processStart(pid) !== undefined
}
