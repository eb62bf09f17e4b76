import type { Database } from '@tintype/database'
import { thumbnailName, uuidv7 } from '@tintype/domain'
import { createUser, photo } from '@tintype/testkit'
import t from 'tap'
import { watchRenditions } from '../../src/images/rendition-watch.ts'
import { sharedGateway } from '../gateway.ts'
import { derive } from './derived.ts'

const gateway = await sharedGateway()
const { client, id: ownerId } = await createUser(await gateway.signInAsAdmin(), { tier: 'Premium' })
const bytes = await photo({ width: 64, height: 48 })
const name = thumbnailName(200)

const nobodys = () => ({ id: uuidv7(), ownerId })

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
  const waits = ids.map((id) => watch.settled({ id, ownerId }, name, 30_000))
  const start = performance.now()
  for (const id of ids) await derive(gateway, id, [200])
  for (const settled of await Promise.all(waits)) t.equal(settled?.outcome, 'ready')
  const turns = Math.ceil((performance.now() - start) / 50)
  t.ok(queries() <= turns, `${queries()} queries in ${turns} turns`)
})

t.test('what is not settled in time, is not there, or is one too many', async (t) => {
  const { id } = await client.uploadOne({ filename: 'a.jpg', bytes })
  const watch = watchRenditions(gateway.database, { pollMs: 10, maxWaits: 2 })
  const waits = [watch.settled({ id, ownerId }, name, 100), watch.settled(nobodys(), name, 30_000)]
  t.equal(await watch.settled({ id, ownerId }, name, 30_000), undefined, 'a third one is not waited for')
  t.strictSame(
    (await Promise.all(waits)).map((one) => one?.outcome),
    [undefined, 'gone'],
  )
  t.equal((await watch.settled(nobodys(), name, 30_000))?.outcome, 'gone', 'and then again')
})

t.test('what it is told of is looked at then, and not before', async (t) => {
  const { id } = await client.uploadOne({ filename: 'a.jpg', bytes })
  const { database, queries } = counted()
  const watch = watchRenditions(database, { pollMs: 60_000 })
  watch.hint([ownerId])
  const wait = watch.settled({ id, ownerId }, name, 30_000)
  watch.hint([uuidv7()])
  await derive(gateway, id, [200])
  t.equal(queries(), 0, 'neither for what nobody waited for nor for what happened to others')
  watch.hint([ownerId])
  t.equal((await wait)?.outcome, 'ready')
  t.equal(queries(), 1)
  const another = watch.settled(nobodys(), name, 30_000)
  watch.hint([])
  t.equal((await another)?.outcome, 'gone', 'something happened to anybody')
})
