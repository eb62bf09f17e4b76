import t from 'tap'
import { boundedSize } from '../../src/pixels/bounded-size.ts'

t.test('the height is the bound and the ratio is kept', async (t) => {
  t.same(boundedSize({ width: 3000, height: 2000 }, 200), { width: 300, height: 200 })
  t.same(boundedSize({ width: 2000, height: 3000 }, 200), { width: 133, height: 200 })
})

t.test('nothing is enlarged', async (t) => {
  t.same(boundedSize({ width: 300, height: 199 }, 200), { width: 300, height: 199 })
  t.same(boundedSize({ width: 300, height: 200 }, 200), { width: 300, height: 200 })
})

t.test('no side falls to nothing', async (t) => {
  t.same(boundedSize({ width: 1, height: 10_000 }, 200), { width: 1, height: 200 })
  t.same(boundedSize({ width: 10_000, height: 1 }, 200), { width: 10_000, height: 1 })
  t.same(boundedSize({ width: 200_000, height: 2 }, 1), { width: 65_500, height: 1 })
})

t.test('what is wider than a JPEG can be is shrunk to what it can', async (t) => {
  t.same(boundedSize({ width: 131_000, height: 100 }, 200), { width: 65_500, height: 50 })
})
