import type { Scope } from '@tintype/testkit'
import { makeScratchFolder, type ScratchFolder } from './check/scratch-folder.ts'
import { onStopRequest } from './stop-request.ts'

const INTERRUPTED = 130

/** What a command has that starts processes, and leaves nothing of them behind. */
export interface Command {
  /** What is made of it ends with the command, however that ends; what was made last ends first. */
  readonly scope: Scope
  /** Says how far it is, where results do not go. */
  say(line: string): void
  isInterrupted(): boolean
  /** A folder for its files, and for the records by which the next run ends what a killed one left. */
  makeScratch(): Promise<ScratchFolder>
}

/**
 * Runs a command to its end, and exits: with 0 where `work` answers true, with 1
 * where it does not or throws, with 130 once it is interrupted.
 */
export async function runCommand(work: (command: Command) => Promise<boolean>): Promise<never> {
  let scratch: ScratchFolder | undefined
  let interrupted = false
  const ends: (() => unknown)[] = []

  async function endAll(): Promise<void> {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
  }

  async function leave(code: number, graceMs?: number): Promise<never> {
    // Whatever does not end by itself is ended with the folder.
    await endAll().catch((error: unknown) => {
      if (interrupted) return
      console.error(error)
      code = 1
    })
    await scratch?.remove(graceMs)
    return process.exit(interrupted ? INTERRUPTED : code)
  }

  function interrupt(graceMs?: number): void {
    interrupted = true
    void leave(INTERRUPTED, graceMs)
  }

  onStopRequest({ first: () => interrupt(), again: () => interrupt(0) })
  const command: Command = {
    scope: { teardown: (end) => void ends.push(end) },
    say(line) {
      if (!interrupted) console.error(line)
    },
    isInterrupted: () => interrupted,
    async makeScratch() {
      scratch = await makeScratchFolder()
      return scratch
    },
  }
  try {
    return await leave((await work(command)) ? 0 : 1)
  } catch (error) {
    if (!interrupted) console.error(error)
    return await leave(1)
  }
}
