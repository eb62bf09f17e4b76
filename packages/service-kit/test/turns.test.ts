import t from 'tap'
import { createTurns } from '../src/turns.ts'

t.test('work on one key waits for its turn', async (t) => {
  const inTurn = createTurns()
  const events: string[] = []
  const first = Promise.withResolvers<void>()
  const a = inTurn('one', async () => {
    events.push('a begins')
    await first.promise
    events.push('a ends')
    throw new Error('a failed')
  })
  const b = inTurn('one', async () => {
    events.push('b')
    return 'b'
  })
  await inTurn('other', async () => void events.push('other'))
  t.same(events, ['a begins', 'other'])
  first.resolve()
  await t.rejects(a, { message: 'a failed' })
  t.equal(await b, 'b', 'one that fails lets the next one in')
  t.same(events, ['a begins', 'other', 'a ends', 'b'])
})
