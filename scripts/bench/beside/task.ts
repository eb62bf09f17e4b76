import { text } from 'node:stream/consumers'

/** What a program of this folder is told to do, as `runBeside` writes it. */
export async function readTask<Task>(): Promise<Task> {
  return JSON.parse(await text(process.stdin)) as Task
}

/** Runs a piece of work for each, so many at once. */
export async function forEach<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = all.values()
  const lane = async () => {
    for (const one of left) await work(one)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
