import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { runChild } from '../stores/child.ts'
import { findTool } from './tools.ts'

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url))

export interface Load {
  url: string
  connections: number
  seconds: number
  method?: string
  headers?: Record<string, string>
  /** A file that is the body of every request. */
  bodyFile?: string
  /** Bearer tokens, one request each in turn. */
  tokens?: string[]
  /** Whether answers of 4xx and 5xx are what is asked for. */
  refusals?: boolean
}

export interface LoadFigures {
  requests: number
  seconds: number
  requestsPerSecond: number
  bytes: number
  p50Ms: number
  p99Ms: number
  /** What the load itself took of all cores, from 0 to 1. */
  coresShare: number
}

interface Printed extends Omit<LoadFigures, 'requestsPerSecond' | 'coresShare'> {
  /** Answers of 4xx and 5xx. */
  refused: number
  /** Connections that failed, and answers that never came. */
  broken: number
  cpuSeconds: number
}

/**
 * Keeps so many connections busy with one request after another, from one
 * thread of wrk, and waits for its end.
 * @throws where a request is not answered as it should be: its time would say nothing.
 */
export async function runLoad(
  { runDir, say }: { runDir: string; say: (line: string) => void },
  load: Load,
): Promise<LoadFigures> {
  const printed = await runChild({
    name: 'wrk',
    command: await findTool('wrk', say),
    args: ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '60s', '-s', SCRIPT, load.url],
    env: {
      PATH: process.env.PATH,
      BENCH_METHOD: load.method ?? 'GET',
      BENCH_HEADERS: Object.entries(load.headers ?? {})
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
      BENCH_TOKENS: (load.tokens ?? []).join('\n'),
      ...(load.bodyFile !== undefined && { BENCH_BODY: load.bodyFile }),
    },
    runDir,
  })
  const line = /^BENCH (\{.*\})$/m.exec(printed)?.[1]
  if (line === undefined) throw new Error(`wrk gave no figures: ${printed}`)
  const { refused, broken, cpuSeconds, ...figures } = JSON.parse(line) as Printed
  const wrong = broken + (load.refusals === true ? figures.requests - refused : refused)
  if (figures.requests === 0 || wrong > 0)
    throw new Error(
      `${load.url}: of ${figures.requests} requests ${wrong} were not answered as they should be`,
    )
  return {
    ...figures,
    requestsPerSecond: figures.requests / figures.seconds,
    coresShare: cpuSeconds / figures.seconds / availableParallelism(),
  }
}

/** What a note says of the load's own share of the machine. */
export function describeShare(figures: readonly LoadFigures[]): string {
  const most = Math.max(...figures.map(({ coresShare }) => coresShare))
  return `wrk takes up to ${Math.round(most * 100)} % of the cores`
}
