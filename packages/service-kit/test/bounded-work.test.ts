import t from 'tap'
import { boundWork, TooManyWaiting } from '../src/bounded-work.ts'

t.test('so many at once, so many waiting, the rest refused', async (t) => {
  const bounded = boundWork({ atOnce: 2, waiting: 3 })
  const gates = Array.from({ length: 6 }, () => Promise.withResolvers<void>())
  const begun: number[] = []
  const tasks = gates.map((gate, index) =>
    bounded(async () => {
      begun.push(index)
      await gate.promise
      return index
    }),
  )
  await t.rejects(async () => await tasks[5], new TooManyWaiting())
  t.same(begun, [0, 1])
  gates[1]?.resolve()
  t.equal(await tasks[1], 1)
  t.same(begun, [0, 1, 2], 'the first that waited has the turn')
  gates[0]?.reject(new Error('failed'))
  await t.rejects(async () => await tasks[0], /failed/)
  t.same(begun, [0, 1, 2, 3], 'a failure gives its turn on')
  for (const gate of gates) gate.resolve()
  t.same(await Promise.all(tasks.slice(2, 5)), [2, 3, 4])
  t.equal(await bounded(async () => 'again'), 'again', 'and all turns are free in the end')
})
