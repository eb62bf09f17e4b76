import t from 'tap'
import { growthOf } from '../../soak/growth.ts'

const series = (figure: string, values: number[]) => values.map((value) => ({ [figure]: value }))
const isFlat = (figure: string, values: number[]) => growthOf(series(figure, values))[0]?.isFlat

t.test('what goes up and down is flat, what only goes up is not', async (t) => {
  t.equal(isFlat('gateway: memory (MiB)', [200, 230, 190, 210, 240, 200, 205, 225, 210]), true)
  t.equal(isFlat('gateway: memory (MiB)', [200, 210, 220, 230, 240, 250, 260, 270, 280]), false)
  t.equal(isFlat('links: heap in use (MiB)', [50, 90, 70, 60, 95, 55, 120, 51, 99]), true)
  t.equal(isFlat('links: heap in use (MiB)', [50, 90, 70, 80, 95, 75, 120, 81, 99]), false)
  t.equal(isFlat('Redis: keys', [20, 30, 25, 28, 22, 30, 24, 26, 29]), true)
  t.equal(isFlat('Redis: keys', [20, 40, 60, 80, 100, 120, 140, 160, 180]), false)
})

t.test('one sample apart from all others is chance', async (t) => {
  t.match(growthOf(series('links: open files and sockets', [40, 41, 40, 40, 400, 41, 40, 41, 40])), [
    { first: 40, last: 40, highest: 400, isFlat: true },
  ])
  t.throws(() => growthOf(series('x', [1, 2])), /too few/)
})
