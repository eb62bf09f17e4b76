// npm run soak: mixed traffic for minutes or hours, during which nothing may grow, and
// then too much of it. deploy/reliability.md has the rest.

import { describeMachine } from '../bench/machine.ts'
import { startProduct } from '../bench/product.ts'
import { createBenchStores } from '../bench/stores.ts'
import { makeScratchFolder, type ScratchFolder } from '../check/scratch-folder.ts'
import { readEnvironment } from '../environment.ts'
import { onStopRequest } from '../stop-request.ts'
import { parseArguments, type SoakArguments } from './arguments.ts'
import { report } from './report.ts'
import { soak } from './soak.ts'

const INTERRUPTED = 130

let scratch: ScratchFolder | undefined
let interrupted = false

/** Progress goes where the tables do not. */
const say = (line: string) => {
  if (!interrupted) console.error(line)
}

onStopRequest({
  first: () => void leave(INTERRUPTED),
  again: () => void leave(INTERRUPTED, 0),
})

try {
  await leave((await main(parseArguments(process.argv.slice(2)))) ? 0 : 1)
} catch (error) {
  if (!interrupted) console.error(error)
  await leave(1)
}

/** @returns whether nothing grew, and what was too much was refused. */
async function main({ minutes, seed, store, output }: SoakArguments): Promise<boolean> {
  say(`${describeMachine()}; ${minutes} minutes on ${store}, seed ${seed}`)
  scratch = await makeScratchFolder()
  const { path: folder, run: runDir } = scratch
  const stores = createBenchStores({ env: readEnvironment(), folder, runDir, say })
  const ends: (() => unknown)[] = []
  const teardown = (end: () => unknown) => void ends.unshift(end)
  const product = await startProduct(
    { stores, folder, runDir, teardown },
    { services: ['gateway', 'worker', 'links'], store },
  )
  const result = await soak(product, { minutes, seed, say })
  console.log(`\n${result.requests} requests of mixed traffic, ${result.refused} refused\n`)
  console.log(`${report(result, output)}\n`)
  for (const [said, count] of result.errors) console.log(`logged as an error, ${count} times: ${said}`)
  for (const sentence of result.broken) console.log(`BROKEN: ${sentence}`)
  for (const end of ends) await end()
  await stores.cleanUp()
  return result.broken.length === 0
}

/** Ends whatever still runs, removes its files, and exits. */
async function leave(code: number, graceMs?: number): Promise<void> {
  if (code === INTERRUPTED) interrupted = true
  await scratch?.remove(graceMs)
  process.exit(interrupted ? INTERRUPTED : code)
}
