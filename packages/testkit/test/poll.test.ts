import t from 'tap'
import { poll } from '../src/index.ts'

t.test('answers the first truthy value', async (t) => {
  let asked = 0
  const answer = await poll(() => {
    asked += 1
    if (asked === 1) throw new Error('not yet')
    return asked === 3 && 'there'
  })
  t.equal(answer, 'there')
})

t.test('says what it waited for, and why it did not come', async (t) => {
  const cause = new Error('refused')
  await t.rejects(
    poll(() => Promise.reject(cause), { waitingFor: 'the moon', timeoutMs: 30 }),
    { message: /30 ms in vain for: the moon/, cause },
  )
})
