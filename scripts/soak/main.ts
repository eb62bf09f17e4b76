// npm run soak: mixed traffic for minutes or hours, during which nothing may grow, and
// then too much of it. deploy/reliability.md has the rest.

import { describeMachine } from '../bench/machine.ts'
import { startProduct } from '../bench/product.ts'
import { createBenchStores } from '../bench/stores.ts'
import { type Command, runCommand } from '../command.ts'
import { readEnvironment } from '../environment.ts'
import { parseArguments, type SoakArguments } from './arguments.ts'
import { report } from './report.ts'
import { soak } from './soak.ts'

await runCommand((command) => main(command, parseArguments(process.argv.slice(2))))

/** @returns whether nothing grew, and what was too much was refused. */
async function main(
  { scope, say, makeScratch }: Command,
  { minutes, seed, store, output }: SoakArguments,
): Promise<boolean> {
  say(`${describeMachine()}; ${minutes} minutes on ${store}, seed ${seed}`)
  const { path: folder, run: runDir } = await makeScratch()
  const stores = createBenchStores({ env: readEnvironment(), folder, runDir, say })
  scope.teardown(() => stores.cleanUp())
  const product = await startProduct(
    { stores, folder, runDir, teardown: scope.teardown },
    { services: ['gateway', 'worker', 'links'], store },
  )
  const result = await soak(product, { minutes, seed, say })
  console.log(`\n${result.requests} requests of mixed traffic, ${result.refused} refused\n`)
  console.log(`${report(result, output)}\n`)
  for (const [said, count] of result.errors) console.log(`logged as an error, ${count} times: ${said}`)
  for (const sentence of result.broken) console.log(`BROKEN: ${sentence}`)
  return result.broken.length === 0
}
