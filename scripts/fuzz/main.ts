// npm run fuzz: pictures and uploads with something wrong in them, on the whole product.
// scripts/fuzz/README.md has the rest.

import { join } from 'node:path'
import {
  type Finding,
  mutate,
  mutatedRequest,
  photo,
  seededRandom,
  specimens,
  tryPictures,
  tryRequests,
} from '@tintype/testkit'
import { describeMachine } from '../bench/machine.ts'
import { type Command, runCommand } from '../command.ts'
import { ROOT } from '../environment.ts'
import { type FuzzArguments, parseArguments, USAGE } from './arguments.ts'
import { addCounts, describeCounts, describeTimes } from './figures.ts'
import { keepFinding, readFinding } from './kept-findings.ts'
import { type FuzzedProduct, startFuzzedProduct } from './product.ts'

const FINDINGS = join(ROOT, 'fuzz-findings')
/** Mutants of a round, with as many good pictures beside them, and mutated requests at the same time. */
const PICTURES = 25
const REQUESTS = 50

await runCommand((command) => main(command, parseArguments(process.argv.slice(2))))

/** @returns whether nothing was found. */
async function main(command: Command, options: FuzzArguments): Promise<boolean> {
  if (options.help) {
    console.log(USAGE)
    return true
  }
  const replayed = options.replay === undefined ? undefined : readFinding(options.replay)
  const product = await startFuzzedProduct(command.scope, await command.makeScratch())
  if (replayed !== undefined) return replay(product, replayed)
  console.log(`${describeMachine()}\nseed ${options.seed}, ${options.seconds} s`)
  return fuzz(product, options, command)
}

async function fuzz(
  product: FuzzedProduct,
  { seconds, seed }: FuzzArguments,
  { isInterrupted }: Command,
): Promise<boolean> {
  const random = seededRandom(seed)
  const files = await specimens()
  const good = await photo({ width: 64, height: 48 })
  const any = () => files[random(files.length)] ?? good
  const figures = { ends: {}, answers: {}, goodMs: [] as number[], usualMs: [] as number[], found: 0 }

  // What is usual: as many pictures as in a round, all of them good.
  for (let rounds = 0; rounds < 3; rounds += 1) {
    const { goodMs } = await tryPictures(await product.forPictures(), Array(PICTURES).fill(good), good)
    figures.usualMs.push(...goodMs)
  }
  const until = performance.now() + seconds * 1000
  while (performance.now() < until && !isInterrupted()) {
    const pictures = Array.from({ length: PICTURES }, () => mutate(any(), random))
    const requests = Array.from({ length: REQUESTS }, () => mutatedRequest(any(), random))
    const [ofPictures, ofRequests] = await Promise.all([
      tryPictures(await product.forPictures(), pictures, good),
      tryRequests(await product.forRequests(), requests),
    ])
    addCounts(figures.ends, ofPictures.ends)
    addCounts(figures.answers, ofRequests.answers)
    figures.goodMs.push(...ofPictures.goodMs)
    const findings = [...ofPictures.findings, ...ofRequests.findings]
    const faults = product.faults()
    if (faults.length > 0 && findings.length === 0) {
      // Nobody knows which it was.
      for (const input of pictures) findings.push({ kind: 'picture', reason: faults.join('\n'), input })
      for (const input of requests) findings.push({ kind: 'request', reason: faults.join('\n'), input })
    }
    figures.found += findings.length
    report(findings)
    if (faults.some((fault) => fault.endsWith('has ended'))) break
  }
  console.log(`pictures: ${describeCounts(figures.ends)}`)
  console.log(`requests: ${describeCounts(figures.answers)}`)
  console.log(`good pictures among good ones, from the upload to ready: ${describeTimes(figures.usualMs)}`)
  console.log(`good pictures beside bad ones: ${describeTimes(figures.goodMs)}`)
  console.log(`found: ${figures.found}`)
  return figures.found === 0
}

async function replay(
  product: FuzzedProduct,
  { kind, input }: Pick<Finding, 'kind' | 'input'>,
): Promise<boolean> {
  const good = await photo({ width: 64, height: 48 })
  if (kind === 'picture') {
    const { ends, findings } = await tryPictures(await product.forPictures(), [input], good)
    console.log(describeCounts(ends))
    return report([...findings, ...faultsOf(product, kind, input)])
  }
  const { answers, findings } = await tryRequests(await product.forRequests(), [input])
  console.log(describeCounts(answers))
  return report([...findings, ...faultsOf(product, kind, input)])
}

function faultsOf(product: FuzzedProduct, kind: Finding['kind'], input: Buffer): Finding[] {
  return product.faults().map((reason) => ({ kind, reason, input }))
}

/** @returns whether there is nothing to report. */
function report(findings: readonly Finding[]): boolean {
  for (const finding of findings) {
    console.log(`${finding.reason}\n  again: ${keepFinding(FINDINGS, finding)}`)
  }
  return findings.length === 0
}
