import t from 'tap'
import { createRandom } from '../../chaos/random.ts'

t.test('the same seed chooses the same, another one otherwise', async (t) => {
  const choices = (seed: number) => {
    const random = createRandom(seed)
    return [random.shuffled([1, 2, 3, 4, 5, 6, 7, 8]), random.between(0, 1e6), random.pick(['a', 'b', 'c'])]
  }
  t.same(choices(7), choices(7))
  t.not(JSON.stringify(choices(7)), JSON.stringify(choices(8)))
})

t.test('what is shuffled is all there', async (t) => {
  t.same(createRandom(3).shuffled([1, 2, 3, 4, 5]).toSorted(), [1, 2, 3, 4, 5])
  t.throws(() => createRandom(3).pick([]))
})
