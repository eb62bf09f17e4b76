import t from 'tap'
import { getInstallationId, raiseSweepNumber } from '../src/index.ts'
import { openMigrated } from './fixtures.ts'

t.test('the sweep number rises from what the store was told, and never catches up with it', async (t) => {
  const database = await openMigrated(t)
  const id = await getInstallationId(database)
  t.equal(await raiseSweepNumber(database, 0), 1)
  t.equal(await raiseSweepNumber(database, 1), 2)
  t.equal(await raiseSweepNumber(database, 0), 3, 'the store may lag behind')
  for (let turn = 0; turn < 5; turn += 1) {
    t.equal(await raiseSweepNumber(database, 4), undefined, 'a store that is ahead is another database’s')
  }
  t.equal(await raiseSweepNumber(database, 3), 4, 'and a refusal raises nothing')
  t.equal(await getInstallationId(database), id)
})

t.test('sweeps at once get a number each', async (t) => {
  const database = await openMigrated(t)
  const numbers = await Promise.all([1, 2, 3, 4].map(() => raiseSweepNumber(database, 0)))
  t.strictSame(numbers.toSorted(), [1, 2, 3, 4])
})
