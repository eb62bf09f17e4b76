// In a process of its own: it takes parts of the product away.

import { originalKey } from '@tintype/domain'
import { createTestBucket, createTestDatabase } from '@tintype/testkit'
import t from 'tap'
import { gatewayKilled, workerKilled } from '../../chaos/faults/kills.ts'
import { storeRefuses } from '../../chaos/faults/stores.ts'
import { checkInvariants } from '../../chaos/invariants.ts'
import { livePictures } from '../../chaos/load/ledger.ts'
import { createRandom } from '../../chaos/random.ts'
import { type Outcome, prepare, tryAll } from '../../chaos/run.ts'
import { createStage } from '../../chaos/stage.ts'

const { url: databaseUrl } = await createTestDatabase(t)
const { storeUrl } = await createTestBucket(t)
const stage = await createStage(t, { databaseUrl, storeUrl })
const trial = await prepare(stage, {
  random: createRandom(1),
  holdMs: 1000,
  say: (line) => t.comment(line),
  onResult: () => {},
})

t.test('under a load a gateway and a worker are killed and the store refuses: nothing is lost', async (t) => {
  const outcome: Outcome = { results: [], obstacles: [], sweepings: [] }
  await tryAll(trial, [gatewayKilled, storeRefuses, workerKilled], outcome)
  t.same(
    outcome.results.map(({ fault, lost, broken }) => ({ fault, lost, broken })),
    ['gateway-killed', 'store-503', 'worker-killed'].map((fault) => ({ fault, lost: 0, broken: [] })),
  )
  t.ok(
    outcome.results.every(({ accepted }) => accepted > 0),
    'and uploads were accepted under each',
  )
  t.match(outcome.results[1]?.seen, { TT_STORE_UNAVAILABLE: Number }, 'or refused with a code')
})

t.test('a picture whose bytes are gone is found missing', async (t) => {
  const { people, context } = trial
  const [person] = people
  const [picture] = person === undefined ? [] : livePictures(person)
  if (person === undefined || picture === undefined) return t.fail('nobody has a picture')
  await stage.store.delete(originalKey(picture.id))
  const findings = await checkInvariants(stage, context, people)
  t.equal(findings.lost, 1)
  t.match(findings.broken, [
    new RegExp(`original of ${picture.name} is not in the store`),
    /usage is said to be/,
  ])
})
