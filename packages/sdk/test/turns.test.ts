import t from 'tap'
import { createTurns } from '../src/turns.ts'

t.test('so many at once, in their order, and a failure gives its place back', async (t) => {
  const inTurn = createTurns(2)
  let [busy, most] = [0, 0]
  const began: number[] = []
  const work = (one: number) =>
    inTurn(async () => {
      began.push(one)
      busy += 1
      most = Math.max(most, busy)
      await new Promise((resolve) => setTimeout(resolve, 5))
      busy -= 1
      if (one === 1) throw new Error('failed')
      return one
    })
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map(work))
  t.strictSame(
    results.map((result) => (result.status === 'fulfilled' ? result.value : 'failed')),
    [0, 'failed', 2, 3, 4],
  )
  t.strictSame(began, [0, 1, 2, 3, 4])
  t.equal(most, 2)
})

t.test('who gives up while waiting leaves the line', async (t) => {
  const inTurn = createTurns(1)
  const first = Promise.withResolvers<void>()
  const running = inTurn(() => first.promise)
  const aborted = new AbortController()
  const waiting = inTurn(async () => t.fail('it was not to begin'), aborted.signal)
  const last = inTurn(async () => 'last')
  aborted.abort(new Error('enough'))
  await t.rejects(waiting, { message: 'enough' })
  await t.rejects(
    inTurn(async () => t.fail('nor was this'), aborted.signal),
    { message: 'enough' },
  )
  first.resolve()
  await running
  t.equal(await last, 'last')
})
