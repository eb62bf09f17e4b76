// npm run bench: what the product does beside what the machine could do, and beside
// what people use today. scripts/bench/README.md has the rest.

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, runCommand } from '../command.ts'
import { readEnvironment } from '../environment.ts'
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

await runCommand(async (command) => {
  const names = BENCHES.map(({ name }) => name)
  await main(command, parseArguments(process.argv.slice(2), names))
  return true
})

async function main({ scope, say, makeScratch }: Command, options: BenchArguments): Promise<void> {
  if (options.list) {
    for (const { name, goal } of BENCHES) console.log(`${name}: ${goal}`)
    console.log(`\n${USAGE}`)
    return
  }
  if (options.from !== undefined) return print(options, fromJsonLines(readFileSync(options.from, 'utf8')))

  say(describeMachine())
  const { path: folder, run: runDir } = await makeScratch()
  const stores = createBenchStores({ env: readEnvironment(), folder, runDir, say })
  scope.teardown(() => stores.cleanUp())
  const results: Result[] = []
  for (const bench of BENCHES.filter(
    ({ name }) => options.names.length === 0 || options.names.includes(name),
  )) {
    say(`${bench.name}: ${bench.goal}`)
    const found = await measure(bench, options, { stores, folder, runDir, say })
    results.push(...found)
    // As soon as they are there: a later bench may fail.
    if (options.output === 'json') for (const result of found) console.log(asJsonLine(result))
    else if (options.output === 'text') console.log(`${textTable(found)}\n`)
  }
  if (options.output === 'markdown') print(options, results)
}

async function measure(
  bench: Bench,
  options: BenchArguments,
  run: { stores: BenchStores; folder: string; runDir: string; say: Command['say'] },
): Promise<Result[]> {
  const ends: (() => unknown)[] = []
  const teardown = (end: () => unknown) => void ends.unshift(end)
  const folder = join(run.folder, bench.name)
  mkdirSync(folder)
  const context: Context = {
    rounds: options.rounds,
    quick: options.quick,
    say: (line) => run.say(`  ${line}`),
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
