import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

const KIB = 1024
const MIB = 1024 ** 2
const SAMPLE_MS = 100

/** What a process holds, in MiB. Linux alone tells. */
export async function residentMb(pid: number): Promise<number> {
  return (await fieldOf(`/proc/${pid}/status`, 'VmRSS')) ?? 0
}

/** What a process and all below it hold together, in MiB: pages that several share count once (proc(5), Pss). */
export async function treeMb(pid: number): Promise<number> {
  const pids = await treeOf(pid)
  const sizes = await Promise.all(pids.map((one) => fieldOf(`/proc/${one}/smaps_rollup`, 'Pss')))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

/** Files, sockets and pipes that a process and all below it have open. */
export async function openFiles(pid: number): Promise<number> {
  const pids = await treeOf(pid)
  const lists = await Promise.all(pids.map((one) => unlessGone(readdir(`/proc/${one}/fd`))))
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), 0)
}

/** Measures again and again while something goes on. @returns the most that was seen. */
export async function highestWhile(work: Promise<unknown>, measure: () => Promise<number>): Promise<number> {
  let highest = 0
  const ended = work.then(
    () => true,
    () => true,
  )
  do highest = Math.max(highest, await measure())
  while (!(await Promise.race([ended, delay(SAMPLE_MS, false)])))
  await work
  return highest
}

async function treeOf(pid: number): Promise<number[]> {
  const pids = [pid]
  for (const one of pids) pids.push(...(await childrenOf(one)))
  return pids
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await unlessGone(readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
  return (text ?? '').split(' ').filter(Boolean).map(Number)
}

async function fieldOf(file: string, field: string): Promise<number | undefined> {
  const text = await unlessGone(readFile(file, 'utf8'))
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text ?? '')?.[1]
  return kib === undefined ? undefined : (Number(kib) * KIB) / MIB
}

/** A process may end while it is looked at. */
async function unlessGone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch {
    return undefined
  }
}
