import { parseArgs } from 'node:util'
import type { StoreKind } from '../bench/stores.ts'

export interface SoakArguments {
  minutes: number
  store: StoreKind
  output: 'text' | 'markdown'
  seed: number
}

const MINUTES = 10

export const USAGE = `npm run soak -- [options]

  --minutes N      how long mixed traffic goes on (${MINUTES}); overload comes after it
  --store KIND     s3 (unless told) or file
  --seed N         what is chosen by chance
  --markdown       the tables of deploy/reliability.md`

/** @throws one sentence where the arguments cannot be used. */
export function parseArguments(argv: string[]): SoakArguments {
  const { values } = parseArgs({
    args: argv,
    options: {
      minutes: { type: 'string', default: String(MINUTES) },
      store: { type: 'string', default: 's3' },
      seed: { type: 'string', default: '1' },
      markdown: { type: 'boolean', default: false },
    },
  })
  const { store } = values
  if (store !== 's3' && store !== 'file') throw new Error(`--store must be s3 or file\n\n${USAGE}`)
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
  if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0\n\n${USAGE}`)
  if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed must be a whole number\n\n${USAGE}`)
  return { minutes, store, seed, output: values.markdown ? 'markdown' : 'text' }
}
