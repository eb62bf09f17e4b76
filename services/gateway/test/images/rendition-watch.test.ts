import type { Database } from '@tintype/database'
import { thumbnailName, uuidv7 } from '@tintype/domain'
import { createUser, photo } from '@tintype/testkit'
import t from 'tap'
import { watchRenditions } from '../../src/images/rendition-watch.ts'
import { sharedGateway } from '../gateway.ts'
import { derive } from './derived.ts'

const gateway = await sharedGateway()
const { client } = await createUser(await gateway.signInAsAdmin(), { tier: 'Premium' })
const bytes = await photo({ width: 64, height: 48 })
const name = thumbnailName(200)

/** The gateway's database, and how many queries it was asked. */
function counted(): { database: Database; queries(): number } {
  let queries = 0
  const db = new Proxy(gateway.database.db, {
    get(target, key) {
      if (key === 'select') queries += 1
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { database: { ...gateway.database, db }, queries: () => queries }
}

t.test('fifty that are waited for are one query each time', async (t) => {
  const files = Array.from({ length: 50 }, (_, index) => ({ filename: `${index}.jpg`, bytes }))
  const ids = (await client.upload(files)).body.items.map((item) => item.image?.id ?? '')
  const { database, queries } = counted()
  const watch = watchRenditions(database, { pollMs: 50 })
  const waits = ids.map((id) => watch.settled(id, name, 30_000))
  const start = performance.now()
  for (const id of ids) await derive(gateway, id, [200])
  for (const settled of await Promise.all(waits)) t.equal(settled?.outcome, 'ready')
  const turns = Math.ceil((performance.now() - start) / 50)
  t.ok(queries() <= turns, `${queries()} queries in ${turns} turns`)
})

t.test('what is not settled in time, is not there, or is one too many', async (t) => {
  const { id } = await client.uploadOne({ filename: 'a.jpg', bytes })
  const watch = watchRenditions(gateway.database, { pollMs: 10, maxWaits: 2 })
  const waits = [watch.settled(id, name, 100), watch.settled(uuidv7(), name, 30_000)]
  t.equal(await watch.settled(id, name, 30_000), undefined, 'a third one is not waited for')
  t.strictSame(
    (await Promise.all(waits)).map((one) => one?.outcome),
    [undefined, 'gone'],
  )
  t.equal((await watch.settled(uuidv7(), name, 30_000))?.outcome, 'gone', 'and then again')
})
