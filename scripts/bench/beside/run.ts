import { fileURLToPath } from 'node:url'
import { type Child, runChild, startChild } from '../../stores/child.ts'
import { freePort } from '../../stores/free-port.ts'
import { untilAnswers } from './until-answers.ts'

interface Surroundings {
  runDir: string
}

/**
 * Runs one of the programs of this folder in a process of its own: a limit is
 * what a machine can do, so nothing else may be in its way.
 * @returns what it printed last, as JSON.
 */
export async function runBeside<Answer>(
  { runDir }: Surroundings,
  program: string,
  task: object,
  env: Record<string, string> = {},
): Promise<Answer> {
  const printed = await runChild({
    name: program,
    command: process.execPath,
    args: [pathOf(program)],
    marker: program,
    env: { PATH: process.env.PATH, ...env },
    input: JSON.stringify(task),
    runDir,
  })
  return JSON.parse(printed.split('\n').at(-1) ?? '') as Answer
}

/** Starts one that serves HTTP, on a free port. */
export async function serveBeside(
  { runDir }: Surroundings,
  program: string,
  env: Record<string, string>,
): Promise<{ url: string; child: Child }> {
  const port = await freePort()
  const child = await startChild({
    name: program,
    command: process.execPath,
    args: [pathOf(program)],
    marker: program,
    env: { PATH: process.env.PATH, ...env, PORT: String(port) },
    output: 'inherit',
    runDir,
  })
  const url = `http://127.0.0.1:${port}`
  await untilAnswers(url, child)
  return { url, child }
}

function pathOf(program: string): string {
  return fileURLToPath(new URL(`./${program}.ts`, import.meta.url))
}
