import { text } from 'node:stream/consumers'
import {
  completeUpload,
  createArchive,
  findOrphanKeys,
  findUser,
  getInstallationId,
  markDeleting,
  requestRendition,
  reserveUpload,
  startDerivation,
  type User,
} from '@tintype/database'

import { installationKey, type Lane, originalKey, renditionKey, stagingKey, uuidv7 } from '@tintype/domain'

import type { Producer } from '@tintype/jobs'
import { type ObjectStore, StoreUnavailable } from '@tintype/object-store'
import { createLogger, type Logger } from '@tintype/service-kit'
import t from 'tap'
import { sweepArchives } from '../../src/upkeep/archive-sweep.ts'
import { deleteImage } from '../../src/upkeep/delete-image.ts'
import { sweepDeletions } from '../../src/upkeep/deletion-sweep.ts'
import { sweepEvictions } from '../../src/upkeep/eviction-sweep.ts'
import { sweepLinks } from '../../src/upkeep/link-sweep.ts'
import { sweepOrphans } from '../../src/upkeep/orphan-sweep.ts'
import { sweepPending } from '../../src/upkeep/pending-sweep.ts'
import { sweepRequests } from '../../src/upkeep/request-sweep.ts'
import { runMaintenance } from '../../src/upkeep/run-maintenance.ts'
import { sweepSessions } from '../../src/upkeep/session-sweep.ts'
import { claimStore } from '../../src/upkeep/store-claim.ts'
import { sweepUploads } from '../../src/upkeep/upload-sweep.ts'
import { type Bench, openBench } from '../bench.ts'

const BYTES = Buffer.from('not read here')
const PUT = { bytes: BYTES.length, contentType: 'image/jpeg' }

const log = createLogger('worker', 'silent')
const NO_JOBS = { renditions: {}, conversions: {}, avif: {}, maintenance: {} }
const QUIET = { countJobs: async () => NO_JOBS }

/** An original, its row, and a rendition as a derivation leaves it. */
async function addDerived(bench: Bench): Promise<{ id: string; key: string }> {
  const id = await bench.addImage(BYTES)
  const key = renditionKey(id, 'h200', uuidv7(), 'jpg')
  await bench.store.put(key, BYTES, PUT)
  await bench.query(`
    INSERT INTO renditions (image_id, name, object_key, format, width, height, bytes)
    VALUES ('${id}', 'h200', '${key}', 'jpeg', 1, 1, 1)`)
  return { id, key }
}

t.test('pending', async (t) => {
  t.test('enqueues what made no progress, once each', async (t) => {
    const bench = await openBench(t)
    const ids = []
    for (let count = 0; count < 5; count += 1) ids.push(await bench.addImage(BYTES))
    const ready = await bench.addImage(BYTES)
    const complete = await bench.addImage(BYTES)
    const failed = await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET state = 'ready' WHERE id IN ('${ready}', '${complete}')`)
    await bench.query(
      `UPDATE images SET state = 'failed', failure_code = 'TT_IMAGE_CORRUPT' WHERE id = '${failed}'`,
    )
    await requestRendition(bench.database, ready, 'h200')
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await bench.query(`UPDATE renditions SET requested_at = now() - interval '2 minutes'`)
    const fresh = await bench.addImage(BYTES)

    const enqueued: string[] = []
    const producer = {
      ...QUIET,
      enqueueDerivation: async (_lane: Lane, id: string) => void enqueued.push(id),
    }
    const options = { idleSeconds: 60, batch: 2 }
    t.same(await sweepPending({ database: bench.database, producer, log }, options), { enqueued: 6 })
    t.same(enqueued.toSorted(), [...ids, ready].sort())
    t.notOk(enqueued.includes(fresh))
    t.same(await sweepPending({ database: bench.database, producer, log }, options), { enqueued: 0 })
  })

  t.test('leaves the backlog alone while enough jobs wait', async (t) => {
    const bench = await openBench(t)
    for (let count = 0; count < 5; count += 1) await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    const enqueued: string[] = []
    const holding = (renditions: Record<string, number>) => ({
      enqueueDerivation: async (_lane: Lane, id: string) => void enqueued.push(id),
      countJobs: async () => ({
        ...NO_JOBS,
        renditions: { ...renditions, prioritized: (renditions.prioritized ?? 0) + enqueued.length },
        maintenance: { waiting: 9000 },
      }),
    })
    const sweep = (jobs: Record<string, number>) =>
      sweepPending({ database: bench.database, producer: holding(jobs), log }, { idleSeconds: 60, batch: 2 })
    t.same(await sweep({ waiting: 2000, prioritized: 3001 }), { enqueued: 0 })
    const stalled = await bench.query(`SELECT id FROM images WHERE progress_at < now() - interval '1 minute'`)
    t.equal(stalled.length, 5, 'and claims nothing of it')
    t.same(await sweep({ active: 9000, completed: 9000, waiting: 4999 }), { enqueued: 2 }, 'batch by batch')
    t.same(await sweep({}), { enqueued: 3 })
  })

  t.test('enqueues each lane’s lost work in its queue, whatever waits in another', async (t) => {
    const bench = await openBench(t)
    await bench.addImage(BYTES)
    const ready = await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET state = 'ready' WHERE id = '${ready}'`)
    for (const name of ['full.png', 'full.webp', 'full.avif', 'h200.webp'] as const) {
      await requestRendition(bench.database, ready, name)
    }
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await bench.query(`UPDATE renditions SET requested_at = now() - interval '2 minutes'`)
    const enqueued: string[] = []
    const producer = {
      enqueueDerivation: async (lane: Lane, id: string) => void enqueued.push(`${lane} ${id}`),
      countJobs: async () => ({ ...NO_JOBS, renditions: { waiting: 6000 } }),
    }
    const sweep = { idleSeconds: 60, batch: 9 }
    t.same(await sweepPending({ database: bench.database, producer, log }, sweep), { enqueued: 1 })
    t.same(enqueued.toSorted(), [`avif ${ready}`, `conversions ${ready}`])
  })

  t.test('leaves an image alone whose derivation has just begun', async (t) => {
    const bench = await openBench(t)
    const id = await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await startDerivation(bench.database, id)
    const producer = { ...QUIET, enqueueDerivation: () => Promise.reject(new Error('enqueued')) }
    t.same(await sweepPending({ database: bench.database, producer, log }, { idleSeconds: 60, batch: 2 }), {
      enqueued: 0,
    })
  })

  t.test('says so when Redis is away, and comes again', async (t) => {
    const bench = await openBench(t)
    await bench.addImage(BYTES)
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    const away = { ...QUIET, enqueueDerivation: () => Promise.reject(new Error('away')) }
    await t.rejects(
      sweepPending({ database: bench.database, producer: away, log }, { idleSeconds: 60, batch: 9 }),
      {
        message: 'away',
      },
    )
    const enqueued: string[] = []
    const producer = {
      ...QUIET,
      enqueueDerivation: async (_lane: Lane, id: string) => void enqueued.push(id),
    }
    await bench.query(`UPDATE images SET progress_at = now() - interval '2 minutes'`)
    await sweepPending({ database: bench.database, producer, log }, { idleSeconds: 60, batch: 9 })
    t.equal(enqueued.length, 1)
  })
})

t.test('evictions', async (t) => {
  const unread = (bench: Bench) =>
    bench.query(`UPDATE renditions SET last_read_at = now() - interval '8 days'`)

  t.test('what nobody reads goes, row and object, and nothing else', async (t) => {
    const bench = await openBench(t)
    const old = [await addDerived(bench), await addDerived(bench), await addDerived(bench)]
    await unread(bench)
    const fresh = await addDerived(bench)
    t.same(await sweepEvictions(bench, { days: 0, batch: 2 }), { evicted: 0 }, '0 is never')
    t.same(await sweepEvictions(bench, { days: 9, batch: 2 }), { evicted: 0 })
    t.same(await sweepEvictions(bench, { days: 7, batch: 2 }), { evicted: 3 })
    t.same(
      await bench.keysInStore(),
      [...old.map(({ id }) => originalKey(id)), originalKey(fresh.id), fresh.key].sort(),
    )
    t.same(await bench.keysInRows(), await bench.keysInStore())
  })

  t.test('the row goes first, and an object that stays is an orphan', async (t) => {
    const bench = await openBench(t)
    const { id, key } = await addDerived(bench)
    await unread(bench)
    const store: ObjectStore = {
      ...bench.store,
      async delete(deleted) {
        t.equal(deleted, key)
        t.same(await bench.renditions(id), [], 'no row names it any more')
        throw new StoreUnavailable('delete', new Error('locked'))
      },
    }
    await t.rejects(sweepEvictions({ ...bench, store }, { days: 7, batch: 2 }), {
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }],
    })
    t.same(await findOrphanKeys(bench.database, await bench.keysInStore()), [key])
  })

  t.test('nothing is forgotten while the store is away', async (t) => {
    const bench = await openBench(t)
    const { id } = await addDerived(bench)
    await unread(bench)
    const away = new StoreUnavailable('ping', new Error('away'))
    const store: ObjectStore = { ...bench.store, ping: () => Promise.reject(away) }
    await t.rejects(sweepEvictions({ ...bench, store }, { days: 7, batch: 2 }), away)
    t.equal((await bench.renditions(id)).length, 1)
  })
})

t.test('deletions', async (t) => {
  t.test('objects go, then the row', async (t) => {
    const bench = await openBench(t)
    const other = await addDerived(bench)
    const { id } = await addDerived(bench)
    await markDeleting(bench.database, bench.ownerId, id)

    t.equal(await deleteImage(bench, id), true)

    t.equal(await bench.image(id), undefined)
    t.same(await bench.keysInStore(), [originalKey(other.id), other.key].sort())
    t.same(await bench.keysInRows(), await bench.keysInStore())
    t.equal(await deleteImage(bench, id), false, 'run twice it finds nothing')
    t.equal(await deleteImage(bench, other.id), false, 'an image that is not deleted is not touched')
    t.same(await bench.keysInStore(), [originalKey(other.id), other.key].sort())
  })

  t.test('died half way: the sweep finishes it', async (t) => {
    const bench = await openBench(t)
    const kept = await addDerived(bench)
    const dying = await Promise.all(Array.from({ length: 5 }, () => addDerived(bench)))
    for (const { id } of dying) await markDeleting(bench.database, bench.ownerId, id)
    // As a worker leaves them that dies after the original, after all objects, and before anything.
    await bench.store.delete(originalKey(dying[0]?.id ?? ''))
    await bench.store.delete(originalKey(dying[1]?.id ?? ''))
    await bench.store.delete(dying[1]?.key ?? '')

    t.same(
      await sweepDeletions(bench, { idleSeconds: 60, batch: 2 }),
      { deleted: 0 },
      'their jobs may be at it',
    )
    t.same(await sweepDeletions(bench, { idleSeconds: 0, batch: 2 }), { deleted: 5 })

    t.same(await bench.keysInStore(), [originalKey(kept.id), kept.key].sort())
    t.same(await bench.keysInRows(), await bench.keysInStore())
  })

  t.test('a store that is away leaves the row for the next sweep', async (t) => {
    const bench = await openBench(t)
    const { id } = await addDerived(bench)
    await markDeleting(bench.database, bench.ownerId, id)
    const away: ObjectStore = {
      ...bench.store,
      deletePrefix: () => Promise.reject(new StoreUnavailable('delete', new Error('away'))),
    }
    await t.rejects(sweepDeletions({ ...bench, store: away }, { idleSeconds: 0, batch: 9 }), {
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }],
    })
    t.match(await bench.image(id), { state: 'deleting' })
    t.same(await sweepDeletions(bench, { idleSeconds: 0, batch: 9 }), { deleted: 1 })
    t.same(await bench.keysInStore(), [])
  })
})

t.test('deletions of which some cannot be finished', async (t) => {
  t.test('the others are', async (t) => {
    const bench = await openBench(t)
    const dying = await Promise.all(Array.from({ length: 5 }, () => addDerived(bench)))
    for (const { id } of dying) await markDeleting(bench.database, bench.ownerId, id)
    const stuck = dying.slice(0, 3).map(({ id }) => id)
    for (const id of stuck) {
      await bench.query(`UPDATE images SET progress_at = now() - interval '1 hour' WHERE id = '${id}'`)
    }
    let tries = 0
    const store: ObjectStore = {
      ...bench.store,
      async delete(key) {
        if (stuck.some((id) => key === originalKey(id))) {
          tries += 1
          throw new StoreUnavailable('delete', new Error('locked'))
        }
        await bench.store.delete(key)
      },
    }
    await t.rejects(sweepDeletions({ ...bench, store }, { idleSeconds: 0, batch: 2 }), {
      message: /3/,
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }, {}, {}],
    })
    t.equal(tries, 3, 'each is tried once a sweep')
    t.same(await bench.inState('deleting'), stuck.toSorted())
    const first = await bench.query(`SELECT id FROM images WHERE progress_at < now() - interval '1 minute'`)
    t.same(first, [], 'they come last in the next one')
  })

  t.test('a store that is away as a whole ends the sweep', async (t) => {
    const bench = await openBench(t)
    for (let count = 0; count < 3; count += 1) {
      const { id } = await addDerived(bench)
      await markDeleting(bench.database, bench.ownerId, id)
    }
    let tries = 0
    const away = async () => {
      tries += 1
      throw new StoreUnavailable('delete', new Error('away'))
    }
    const store: ObjectStore = { ...bench.store, delete: away, ping: away }
    await t.rejects(sweepDeletions({ ...bench, store }, { idleSeconds: 0, batch: 9 }), {
      code: 'TT_STORE_UNAVAILABLE',
    })
    t.equal(tries, 2, 'one deletion and one ping')
  })
})

t.test('orphans', async (t) => {
  t.test('one that cannot be deleted does not keep the others', async (t) => {
    const bench = await openBench(t)
    const keys = Array.from({ length: 5 }, () => originalKey(uuidv7())).sort()
    for (const key of keys) await bench.store.put(key, BYTES, PUT)
    const store: ObjectStore = {
      ...bench.store,
      async delete(key) {
        if (key === keys[0] || key === keys[3]) throw new StoreUnavailable('delete', new Error('locked'))
        await bench.store.delete(key)
      },
    }
    await t.rejects(sweepOrphans({ ...bench, store }, { minAgeSeconds: 0, batch: 2 }), {
      message: /2/,
      errors: [{ code: 'TT_STORE_UNAVAILABLE' }, {}],
    })
    t.same(await bench.keysInStore(), [keys[0], keys[3]])
  })

  t.test('nothing goes from a store that a newer state of the database has swept', async (t) => {
    const bench = await openBench(t)
    const said: string[] = []
    const log = { error: (message: string) => said.push(message), info() {}, debug() {} } as unknown as Logger
    const sweep = async () => {
      const dependencies = {
        ...bench,
        log,
        producer: {} as Producer,
        observeSweep() {},
        evictAfterDays: 7,
        orphanMinAgeSeconds: 0,
      }
      await runMaintenance(dependencies, { kind: 'sweep', sweep: 'orphans' }, new AbortController().signal)
    }
    await sweep()
    const [dump] = await bench.query<{ n: number }>('SELECT sweep_number AS n FROM installation')
    await sweep()
    await sweep()
    t.same(said, [], 'a database that goes on is not refused')

    const uploaded = originalKey(uuidv7())
    await bench.store.put(uploaded, BYTES, PUT)
    await bench.query(`UPDATE installation SET sweep_number = ${dump?.n}`)
    for (let turn = 0; turn < 5; turn += 1) await sweep()
    t.equal(said.length, 5, 'it does not catch up')
    t.match(said, [/older than the store.*delete the mark/s])
    t.ok(await bench.store.head(uploaded), 'what was uploaded after the dump is still there')

    await bench.store.delete(installationKey(await getInstallationId(bench.database)))
    await sweep()
    t.notOk(await bench.store.head(uploaded), 'until somebody is sure')
  })

  t.test('sweeps at once, and one that died before it marked the store, refuse nobody', async (t) => {
    const bench = await openBench(t)
    t.same(await Promise.all([1, 2, 3, 4].map(() => claimStore(bench))), Array(4).fill('ours'))
    const dying: ObjectStore = { ...bench.store, put: () => Promise.reject(new Error('died')) }
    for (let turn = 0; turn < 3; turn += 1) await t.rejects(claimStore({ ...bench, store: dying }))
    t.equal(await claimStore(bench), 'ours')
    const key = installationKey(await getInstallationId(bench.database))
    const [row] = await bench.query<{ n: number }>('SELECT sweep_number AS n FROM installation')
    t.equal(row?.n, 8)
    const mark = await bench.store.get(key)
    t.equal(mark && (await text(mark.body)), '8')
    await bench.store.put(key, Buffer.from('many'), { bytes: 4, contentType: 'text/plain' })
    await t.rejects(claimStore(bench), { message: /holds no number/ }, 'a mark that cannot be read')
  })

  t.test('nothing goes from a store that is marked as another installation’s', async (t) => {
    const bench = await openBench(t)
    const key = originalKey(uuidv7())
    await bench.store.put(key, BYTES, PUT)
    const ours = await getInstallationId(bench.database)
    t.equal(await claimStore(bench), 'ours', 'a store without a mark becomes ours')
    t.equal(await claimStore(bench), 'ours', 'and stays ours')
    await bench.query(`UPDATE installation SET id = gen_random_uuid()`)
    t.equal(await claimStore(bench), 'foreign', 'to a copy of the database under another id it is foreign')
    const mark = installationKey(await getInstallationId(bench.database))
    await bench.store.put(mark, Buffer.from('0'), { bytes: 1, contentType: 'text/plain' })
    t.equal(await claimStore(bench), 'foreign', 'and so it is with two marks')
    const said: string[] = []
    const log = { error: (message: string) => said.push(message), info() {}, debug() {} } as unknown as Logger
    const sweep = { kind: 'sweep', sweep: 'orphans' } as const
    const dependencies = {
      ...bench,
      log,
      producer: {} as Producer,
      observeSweep() {},
      evictAfterDays: 7,
      orphanMinAgeSeconds: 0,
    }
    await runMaintenance(dependencies, sweep, new AbortController().signal)
    t.match(said, [/another installation/])
    t.ok(await bench.store.head(key), 'the orphan is still there')
    await bench.store.delete(installationKey(ours))
    await runMaintenance(dependencies, sweep, new AbortController().signal)
    t.notOk(await bench.store.head(key), 'and goes once the store is ours alone')
  })

  t.test('exactly the objects that no row names go', async (t) => {
    const bench = await openBench(t)
    const kept = await addDerived(bench)
    const deleting = await addDerived(bench)
    await markDeleting(bench.database, bench.ownerId, deleting.id)
    const named = await bench.keysInStore()
    const foreign = [
      'originals/notes.txt',
      'renditions/readme',
      'staging/upload',
      'renditions/not-an-id/h200',
    ]
    const orphans = [
      originalKey(uuidv7()),
      originalKey(uuidv7()),
      renditionKey(kept.id, 'h200', uuidv7(), 'jpg'),
      renditionKey(kept.id, 'h400', uuidv7(), 'jpg'),
      renditionKey(uuidv7(), 'h200', uuidv7(), 'jpg'),
    ]
    for (const key of [...foreign, ...orphans]) await bench.store.put(key, BYTES, PUT)

    const young = { minAgeSeconds: 3600, batch: 2 }
    t.same(await sweepOrphans(bench, young), { checked: 0, deleted: 0 }, 'young ones are not looked at')
    t.same((await bench.keysInStore()).length, named.length + foreign.length + orphans.length)

    t.same(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { checked: 13, deleted: 5 })
    t.same(await bench.keysInStore(), [...named, ...foreign].sort())
    t.same(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { checked: 8, deleted: 0 })
  })

  t.test("age is told by the store's own clock", async (t) => {
    const bench = await openBench(t)
    await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
    const at = (offsetSeconds: number): ObjectStore => ({
      ...bench.store,
      ping: async () => new Date((await bench.store.ping()).getTime() + offsetSeconds * 1000),
    })
    const options = { minAgeSeconds: 3600, batch: 1000 }
    t.match(await sweepOrphans({ ...bench, store: at(3500) }, options), { deleted: 0 })
    t.match(await sweepOrphans({ ...bench, store: at(3700) }, options), { deleted: 1 })
  })

  t.test('looks up a batch at a time and holds no more', async (t) => {
    const bench = await openBench(t)
    let [listed, looked, most] = [0, 0, 0]
    const total = 5000
    const store: ObjectStore = {
      ...bench.store,
      async *list(prefix) {
        for (let count = 0; prefix === 'originals/' && count < total; count += 1) {
          listed += 1
          most = Math.max(most, listed - looked)
          yield { key: originalKey(uuidv7()), bytes: 1, modifiedAt: new Date(0) }
        }
      },
      async delete() {
        looked += 1
      },
    }
    t.same(await sweepOrphans({ ...bench, store }, { minAgeSeconds: 0, batch: 1000 }), {
      checked: total,
      deleted: total,
    })
    t.equal(most, 1000, 'no more is listed before the last batch was looked up')
  })

  t.test('ends early when told to', async (t) => {
    const bench = await openBench(t)
    for (let count = 0; count < 4; count += 1) await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
    const stopping = new AbortController()
    const store: ObjectStore = {
      ...bench.store,
      async delete(key) {
        await bench.store.delete(key)
        stopping.abort()
      },
    }
    const options = { minAgeSeconds: 0, batch: 1, signal: stopping.signal }
    t.match(await sweepOrphans({ ...bench, store }, options), { deleted: 1 })
    t.equal((await bench.keysInStore()).length, 3)
  })
})

t.test('sessions and links that have been dead for a week are forgotten', async (t) => {
  const bench = await openBench(t)
  const image = await bench.addImage(BYTES)
  const ages = { old: '8 days', recent: '6 days' }
  const kept: string[] = []
  for (const [age, interval] of Object.entries(ages)) {
    for (const column of ['expires_at', 'revoked_at', 'none']) {
      const id = uuidv7()
      if (age === 'recent' || column === 'none') kept.push(id)
      const past = `now() - interval '${interval}'`
      await bench.query(`
        INSERT INTO links (id, image_id, target, expires_at, revoked_at, image_epoch, owner_epoch)
        VALUES ('${id}', '${image}', 'original', ${column === 'expires_at' ? past : `now() + interval '1 day'`},
          ${column === 'revoked_at' ? past : 'NULL'}, 0, 0)`)
    }
    await bench.query(`
      INSERT INTO sessions (id, user_id, expires_at, user_agent, address)
      VALUES ('${uuidv7()}', '${bench.ownerId}', now() - interval '${interval}', '', '')`)
  }

  t.same(await sweepLinks(bench), { forgotten: 2 })
  t.same(await sweepSessions(bench), { forgotten: 1 })

  const left = await bench.query<{ id: string }>('SELECT id FROM links ORDER BY id')
  t.same(
    left.map(({ id }) => id),
    kept.toSorted(),
  )
  t.equal((await bench.query('SELECT id FROM sessions')).length, 1)
})

t.test('direct uploads', async (t) => {
  const bench = await openBench(t)
  const usage = async () => (await findUser(bench.database, bench.ownerId)) as User
  async function announce(expiresIn: string, { staged = true } = {}): Promise<string> {
    const id = uuidv7()
    const fields = { filename: 'a.jpg', title: '', contentType: 'image/jpeg', bytes: 100, sha256: null }
    const options = { lifeSeconds: 60, maxOpen: 100 }
    await reserveUpload(bench.database, { id, ownerId: bench.ownerId, ...fields }, options)
    await bench.query(
      `UPDATE direct_uploads SET expires_at = now() + interval '${expiresIn}' WHERE id = '${id}'`,
    )
    if (staged) await bench.store.put(stagingKey(id), BYTES, PUT)
    return id
  }
  async function complete(id: string): Promise<string> {
    const imageId = uuidv7()
    await bench.store.put(originalKey(imageId), BYTES, PUT)
    const image = { id: imageId, ownerId: bench.ownerId, title: '', filename: 'a.jpg', sha256: 'x' }
    const picture = { format: 'jpeg', width: 1, height: 1, bytes: 100 } as const
    const outcome = await completeUpload(bench.database, id, { ...image, ...picture })
    t.equal(outcome.outcome, 'completed')
    return imageId
  }

  const open = await announce('1 hour')
  const late = [
    await announce('0 s'),
    await announce('-1 hour'),
    await announce('-2 days', { staged: false }),
  ]
  const done = await announce('1 hour')
  const doneLongAgo = await announce('1 hour')
  // Each died after its commit, before what was staged went.
  const images = [await complete(done), await complete(doneLongAgo)]
  await bench.query(
    `UPDATE direct_uploads SET expires_at = now() - interval '2 days' WHERE id = '${doneLongAgo}'`,
  )
  await bench.query(`UPDATE direct_uploads SET expires_at = now() - interval '1 hour' WHERE id = '${done}'`)
  // Died after its copy: an original without a row.
  await bench.store.put(originalKey(uuidv7()), BYTES, PUT)
  t.match(await usage(), { usedImages: 6, usedBytes: 600 })

  t.test('end after their time, and give back what they reserved', async (t) => {
    t.same(await sweepUploads(bench, { batch: 2 }), { ended: late.length + 1 })
    t.match(await usage(), { usedImages: 3, usedBytes: 300 })
    const left = await bench.query<{ id: string }>('SELECT id FROM direct_uploads ORDER BY id')
    t.same(
      left.map(({ id }) => id),
      [open, done].toSorted(),
      'one that became a picture is known for a day longer',
    )
    t.same(await sweepUploads(bench, { batch: 2 }), { ended: 0 })
    t.same(
      await completeUpload(bench.database, late[0] ?? '', {
        ...{ id: uuidv7(), ownerId: bench.ownerId, title: '', filename: '', sha256: '' },
        ...{ format: 'jpeg', width: 1, height: 1, bytes: 100 },
      }),
      { outcome: 'over' },
    )
  })

  t.test('leave nothing that an orphan sweep does not find', async (t) => {
    await bench.store.put(stagingKey(uuidv7()), BYTES, PUT)
    t.match(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { deleted: 3 })
    t.same(await bench.keysInStore(), [...images.map(originalKey), stagingKey(open)].sort())
  })

  t.test('of which one cannot be deleted end all the same', async (t) => {
    await announce('0 s')
    const second = await announce('0 s')
    const store: ObjectStore = {
      ...bench.store,
      delete: (key) =>
        key === stagingKey(second)
          ? bench.store.delete(key)
          : Promise.reject(new StoreUnavailable('delete', undefined)),
    }
    await t.rejects(sweepUploads({ ...bench, store }, { batch: 10 }), { message: /1 could not/ })
    t.match(await usage(), { usedImages: 3, usedBytes: 300 })
    t.match(await sweepOrphans(bench, { minAgeSeconds: 0, batch: 2 }), { deleted: 1 })
  })
})

t.test('keys of uploads after a day, and archives after their time, are forgotten', async (t) => {
  const bench = await openBench(t)
  const userId = bench.ownerId
  for (const [key, age, lease] of [
    ['old', '25 hours', '-1 s'],
    ['recent', '23 hours', '-1 s'],
    ['slow', '25 hours', '1 minute'],
  ]) {
    await bench.query(`
      INSERT INTO idempotent_requests (id, user_id, key, created_at, leased_until)
      VALUES ('${uuidv7()}', '${userId}', '${key}', now() - interval '${age}', now() + interval '${lease}')`)
  }
  t.same(await sweepRequests(bench), { forgotten: 1 })
  const keys = await bench.query<{ key: string }>('SELECT key FROM idempotent_requests ORDER BY key')
  t.same(
    keys.map(({ key }) => key),
    ['recent', 'slow'],
  )

  const archive = { ownerId: userId, imageIds: null, rendition: 'original' } as const
  await createArchive(bench.database, { id: uuidv7(), ...archive }, 0)
  await createArchive(bench.database, { id: uuidv7(), ...archive }, 60)
  t.same(await sweepArchives(bench), { forgotten: 1 })
})
