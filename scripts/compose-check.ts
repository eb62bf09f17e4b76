// node scripts/compose-check.ts [--required]
//
// Builds the images, runs docker-compose.yml for real, puts pictures through it
// and looks into the images. Where no container can be run it says so and ends
// with 0, or with 1 when it is required. What it ran is removed, however it ends.

import { createAssertions } from './compose/assertions.ts'
import { getBaseImages } from './compose/base-images.ts'
import { checkImages } from './compose/image-contents.ts'
import { checkJourney, checkStop } from './compose/journey.ts'
import { createProject, findCompose, type Project } from './compose/project.ts'
import { endAll } from './compose/run.ts'
import { onStopRequest } from './stop-request.ts'

const INTERRUPTED = 130
const startedAt = performance.now()
const assertions = createAssertions(say)
let project: Project | undefined
let leaving: Promise<never> | undefined

onStopRequest({
  first: () => void leave(INTERRUPTED),
  again: () => process.exit(INTERRUPTED),
})

try {
  const skipped = await check()
  if (skipped !== undefined) {
    say(`The compose stage is skipped: ${skipped}.`)
    await leave(process.argv.includes('--required') ? 1 : 0)
  }
} catch (error) {
  if (leaving === undefined) {
    assertions.holds('the check came to its end', false, error instanceof Error ? error.message : error)
    if (project !== undefined) say(await project.logs())
  }
}
await leave(assertions.failed > 0 ? 1 : 0)

/** @returns why it was not done. */
async function check(): Promise<string | undefined> {
  say('compose: images')
  const base = await getBaseImages(say)
  if (base.outcome === 'unavailable') return base.reason
  const compose = await findCompose()
  if (compose === undefined) return 'neither «docker compose» nor docker-compose is installed'

  project = await createProject(compose)
  const bare = await project.configWithoutSecrets()
  const told = /\w+ is missing, run «node scripts\/make-env\.mjs»/.test(bare.output)
  assertions.holds(
    'without secrets nothing starts, and a sentence says why',
    bare.code !== 0 && told,
    bare.output,
  )
  // The first build makes the layers that the others share.
  await project.build(['gateway'])
  await Promise.all([project.build(['worker']), project.build(['links']), project.build(['store-setup'])])
  await base.stores
  await checkImages(assertions)

  say('compose: the stack')
  await project.up()
  await checkJourney(assertions, project)
  await checkStop(assertions, project)
  return undefined
}

function say(line: string): void {
  if (leaving === undefined) console.log(`${seconds().padStart(4)} s  ${line}`)
}

function seconds(): string {
  return Math.round((performance.now() - startedAt) / 1000).toString()
}

/** Once: removes the stack, says the counts and ends. */
function leave(code: number): Promise<never> {
  leaving ??= (async () => {
    await endAll()
    let last = code
    try {
      await project?.remove()
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      last ||= 1
    }
    if (project !== undefined) {
      console.log(`compose: ${seconds()} s`)
      console.log(`${assertions.passed} passed, ${assertions.failed} failed`)
    }
    return process.exit(last)
  })()
  return leaving
}
