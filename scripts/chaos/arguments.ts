import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

export interface ChaosArguments {
  /** Which faults; all when empty. */
  names: string[]
  /** The same seed breaks the same in the same order. */
  seed: number
  holdSeconds: number
  output: 'text' | 'markdown'
  list: boolean
}

const HOLD_SECONDS = 6
const MAX_SEED = 2 ** 32 - 1

export const USAGE = `npm run chaos -- [fault…] [options]

  --list       the faults, and what breaks
  --seed N     the order of faults, and what is chosen by chance; a new one unless told
  --hold N     seconds that a fault is kept up, about (${HOLD_SECONDS})
  --markdown   the table of deploy/reliability.md`

/** @throws one sentence where the arguments cannot be used. */
export function parseArguments(argv: string[], known: readonly string[]): ChaosArguments {
  const { values, positionals: names } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      seed: { type: 'string' },
      hold: { type: 'string', default: String(HOLD_SECONDS) },
      markdown: { type: 'boolean', default: false },
    },
  })
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`there is no fault ${unknown}: ${known.join(', ')}`)
  const seed = Number(values.seed ?? randomInt(MAX_SEED))
  if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
    throw new Error(`--seed must be a whole number from 0 to ${MAX_SEED}`)
  }
  const holdSeconds = Number(values.hold)
  if (!(holdSeconds > 0)) throw new Error('--hold must be a number of seconds above 0')
  return { names, seed, holdSeconds, output: values.markdown ? 'markdown' : 'text', list: values.list }
}
