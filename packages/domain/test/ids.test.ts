import t from 'tap'
import { isUuid, uuidv7 } from '../src/index.ts'

t.test('an id is a UUID of version 7 that tells when it was made', async (t) => {
  const before = Date.now()
  const ids = Array.from({ length: 1000 }, uuidv7)
  const after = Date.now()
  t.equal(new Set(ids).size, 1000)
  for (const id of ids) {
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(id)
    const madeAt = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
    if (madeAt < before || madeAt > after) t.fail(`${id} was made at ${madeAt}`)
    if (!isUuid(id)) t.fail(`${id} is not taken for one`)
  }
  const times = ids.map((id) => id.slice(0, 13))
  t.strictSame(times.toSorted(), times, 'they sort by the time they were made')
})

t.test('what is an id', async (t) => {
  for (const version of [1, 4, 7, 8]) t.ok(isUuid(`01890a5d-ac96-${version}74b-bcce-b302099a8057`))
  const none = [
    '',
    'undefined',
    '01890A5D-AC96-774B-BCCE-B302099A8057',
    '01890a5dac96774bbcceb302099a8057',
    '{01890a5d-ac96-774b-bcce-b302099a8057}',
    '01890a5d-ac96-774b-bcce-b302099a8057\n',
    ' 01890a5d-ac96-774b-bcce-b302099a8057',
    '01890a5d-ac96-974b-bcce-b302099a8057',
    '01890a5d-ac96-774b-7cce-b302099a8057',
    '00000000-0000-0000-0000-000000000000',
    '01890a5d-ac96-774b-bcce-b302099a805g',
  ]
  for (const text of none) t.notOk(isUuid(text), JSON.stringify(text))
})
