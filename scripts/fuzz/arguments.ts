import { parseArgs } from 'node:util'

export interface FuzzArguments {
  seconds: number
  seed: number
  /** A file that an earlier run kept, to be tried again alone. */
  replay?: string
  /** Whether only `USAGE` is asked for. */
  help: boolean
}

export const USAGE = `npm run fuzz -- [options]

  --seconds N    how long (60)
  --seed N       what to begin with, from 0 to 4294967295 (another one each time)
  --replay FILE  tries an input that an earlier run kept`

/** @throws one sentence where the arguments cannot be used. */
export function parseArguments(argv: string[]): FuzzArguments {
  const { values } = parseArgs({
    args: argv,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      replay: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  if (!Number.isInteger(seconds) || seconds < 1) throw new Error('--seconds must be a whole number from 1')
  const seed = Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new Error('--seed must be a whole number from 0 to 4294967295')
  }
  const { replay, help } = values
  return { seconds, seed, ...(replay !== undefined && { replay }), help }
}
