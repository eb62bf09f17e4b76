// npm run chaos: one thing after another breaks under a steady load, and nothing may
// be lost. deploy/reliability.md has the rest.

import { join } from 'node:path'
import { describeMachine } from '../bench/machine.ts'
import { type Command, runCommand } from '../command.ts'
import { ROOT } from '../environment.ts'
import { type ChaosArguments, parseArguments, USAGE } from './arguments.ts'
import { FAULTS } from './faults/index.ts'
import { createRandom } from './random.ts'
import { table } from './report.ts'
import { type Outcome, runFaults } from './run.ts'
import type { FaultResult } from './try-fault.ts'

await runCommand((command) =>
  main(
    command,
    parseArguments(
      process.argv.slice(2),
      FAULTS.map(({ name }) => name),
    ),
  ),
)

/** @returns whether everything held that must. */
async function main({ scope, say, makeScratch }: Command, options: ChaosArguments): Promise<boolean> {
  if (options.list) {
    for (const { name, what } of FAULTS) console.log(`${name}: ${what}`)
    console.log(`\n${USAGE}`)
    return true
  }
  say(`${describeMachine()}; seed ${options.seed}`)
  const scratch = await makeScratch()
  // What is started is written down there, and ended by the next run if this one is killed.
  Object.assign(process.env, {
    TEST_RUN_DIR: scratch.run,
    TMPDIR: scratch.tmp,
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'compiled'),
  })
  const chosen = FAULTS.filter(({ name }) => options.names.length === 0 || options.names.includes(name))
  const outcome = await runFaults(scope, chosen, {
    random: createRandom(options.seed),
    holdMs: options.holdSeconds * 1000,
    say,
    onResult: (result) => tell(say, result),
  })
  console.log(`\n${table(outcome.results, options.output)}\n`)
  return conclude(outcome, options)
}

/** What came of a fault, as soon as it is known: a later one may fail. */
function tell(
  say: Command['say'],
  { requests, refused, cut, lost, recoveredSeconds, seen, failed, broken }: FaultResult,
): void {
  const codes = Object.entries(seen).map(([code, count]) => `${code} ${count}`)
  say(
    `  ${requests} requests, ${refused} refused, ${cut} cut off, ${lost} lost, ${recoveredSeconds?.toFixed(1) ?? 'never'} s; ` +
      `${codes.join(', ') || 'no refusal'}${failed > 0 ? `; ${failed} failed` : ''}`,
  )
  for (const sentence of broken) say(`  BROKEN: ${sentence}`)
}

function conclude({ results, obstacles, sweepings }: Outcome, { seed }: ChaosArguments): boolean {
  for (const { fault, reason } of obstacles) console.log(`not tried: ${fault}, since ${reason}`)
  for (const { found, left } of sweepings)
    console.log(`orphans: ${found} were left in the store, ${left} after the sweep`)
  const broken = results.filter((result) => result.broken.length > 0)
  for (const { fault, broken: sentences } of broken) {
    for (const sentence of sentences) console.log(`BROKEN under ${fault}: ${sentence}`)
  }
  const unswept = sweepings.some(({ left }) => left > 0)
  if (unswept) console.log('BROKEN: there are orphans older than the sweep')
  const holds = broken.length === 0 && !unswept
  console.log(
    holds ? `Everything held that must (seed ${seed}).` : `Try it again: npm run chaos -- --seed ${seed}`,
  )
  return holds
}
