import { parseArgs } from 'node:util'

export interface BenchArguments {
  /** Which benches; all when empty. */
  names: string[]
  rounds: number
  /** Small numbers and short times: whether it runs, not how fast. */
  quick: boolean
  output: 'text' | 'json' | 'markdown'
  /** A file of JSON lines to print instead of measuring. */
  from?: string
  /** A folder of photographs in place of generated ones. */
  photos?: string
  list: boolean
}

const ROUNDS = { measured: 5, quick: 1 }

export const USAGE = `npm run bench -- [name…] [options]

  --list           the benches and their goals
  --rounds N       alternating rounds (${ROUNDS.measured})
  --quick          one round of little: whether it runs, not how fast
  --json           one line of JSON a result
  --markdown       the table of scripts/bench/README.md
  --from FILE      print the JSON lines of earlier runs instead of measuring
  --photos FOLDER  photographs for «heights», beside the generated ones`

/** @throws one sentence where the arguments cannot be used. */
export function parseArguments(argv: string[], known: readonly string[]): BenchArguments {
  const { values, positionals: names } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      from: { type: 'string' },
      photos: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  })
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`there is no bench ${unknown}: ${known.join(', ')}`)
  const rounds = Number(values.rounds ?? (values.quick ? ROUNDS.quick : ROUNDS.measured))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number from 1')
  const { from, photos } = values
  return {
    names,
    rounds,
    quick: values.quick,
    output: values.json ? 'json' : values.markdown ? 'markdown' : 'text',
    ...(from !== undefined && { from }),
    ...(photos !== undefined && { photos }),
    list: values.list,
  }
}
