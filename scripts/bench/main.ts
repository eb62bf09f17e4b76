// npm run bench: what the product does beside what the machine could do, and beside
// what people use today. scripts/bench/README.md has the rest.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeScratchFolder, type ScratchFolder } from '../check/scratch-folder.ts'
import { readEnvironment } from '../environment.ts'
import { onStopRequest } from '../stop-request.ts'
import { type BenchArguments, parseArguments, USAGE } from './arguments.ts'
import type { Bench, Context } from './bench.ts'
import { BENCHES } from './benches/index.ts'
import { describeMachine } from './machine.ts'
import { createPictures } from './pictures.ts'
import { startProduct } from './product.ts'
import { asJsonLine, fromJsonLines } from './result-lines.ts'
import type { Result } from './results.ts'
import { type BenchStores, createBenchStores } from './stores.ts'
import { markdownTable, textTable } from './table.ts'

const INTERRUPTED = 130

let scratch: ScratchFolder | undefined
let interrupted = false

/** Progress goes where results do not. */
const say = (line: string) => {
  if (!interrupted) console.error(line)
}

onStopRequest({
  first: () => void leave(INTERRUPTED),
  again: () => void leave(INTERRUPTED, 0),
})

try {
  await main(
    parseArguments(
      process.argv.slice(2),
      BENCHES.map(({ name }) => name),
    ),
  )
  await leave(0)
} catch (error) {
  if (!interrupted) console.error(error)
  await leave(1)
}

async function main(options: BenchArguments): Promise<void> {
  if (options.list) {
    for (const { name, goal } of BENCHES) console.log(`${name}: ${goal}`)
    console.log(`\n${USAGE}`)
    return
  }
  if (options.from !== undefined) return print(options, fromJsonLines(readFileSync(options.from, 'utf8')))

  say(describeMachine())
  scratch = await makeScratchFolder()
  const folder = scratch.path
  const stores = createBenchStores({ env: readEnvironment(), folder, runDir: scratch.run, say })
  const results: Result[] = []
  for (const bench of BENCHES.filter(
    ({ name }) => options.names.length === 0 || options.names.includes(name),
  )) {
    say(`${bench.name}: ${bench.goal}`)
    const found = await measure(bench, options, { stores, folder, runDir: scratch.run })
    results.push(...found)
    // As soon as they are there: a later bench may fail.
    if (options.output === 'json') for (const result of found) console.log(asJsonLine(result))
    else if (options.output === 'text') console.log(`${textTable(found)}\n`)
  }
  await stores.cleanUp()
  if (options.output === 'markdown') print(options, results)
}

async function measure(
  bench: Bench,
  options: BenchArguments,
  run: { stores: BenchStores; folder: string; runDir: string },
): Promise<Result[]> {
  const ends: (() => unknown)[] = []
  const teardown = (end: () => unknown) => void ends.unshift(end)
  const folder = join(run.folder, bench.name)
  mkdirSync(folder)
  const context: Context = {
    rounds: options.rounds,
    quick: options.quick,
    say: (line) => say(`  ${line}`),
    pictures: createPictures(run.folder, options.photos),
    stores: run.stores,
    folder,
    runDir: run.runDir,
    teardown,
    startProduct: (product) => startProduct({ ...run, teardown }, product),
  }
  try {
    return await bench.run(context)
  } finally {
    for (const end of ends) await end()
  }
}

function print({ output }: BenchArguments, results: Result[]): void {
  if (output === 'json') for (const result of results) console.log(asJsonLine(result))
  else if (output === 'markdown') console.log(`${describeMachine()}\n\n${markdownTable(results)}`)
  else console.log(textTable(results))
}

/** Ends whatever still runs for a bench, removes its files, and exits. */
async function leave(code: number, graceMs?: number): Promise<void> {
  if (code === INTERRUPTED) interrupted = true
  await scratch?.remove(graceMs)
  process.exit(interrupted ? INTERRUPTED : code)
}
