import { text } from 'node:stream/consumers'
import { type Database, getInstallationId, raiseSweepNumber } from '@tintype/database'
import { INSTALLATIONS_PREFIX, installationKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'

/** As many digits as a number holds exactly. */
const MAX_MARK_BYTES = 15

export type StoreClaim =
  /** The sweep may begin. */
  | 'ours'
  /** Another installation's mark is there. */
  | 'foreign'
  /** The store was swept by a newer state of this database than it is in now. */
  | 'ahead'

/**
 * Claims a store for an orphan sweep: it must belong to this installation and to
 * no other, and to this state of its database. A store without any mark becomes
 * ours. To a database that is not the store's own, or that was restored from a
 * backup, objects are orphans that are none: a copy of it that was pointed at
 * the real bucket must not empty that, nor a restored one delete originals that
 * were uploaded since and can be recovered.
 *
 * Sweeps are numbered, in the database and in the mark. The number is raised in
 * the database first, then written into the mark, and only then is anything
 * deleted. Whatever dies in between, and when sweeps at once write their marks
 * in another order, the mark lags behind the database, which is no reason to
 * refuse. It leads only where the database has lost sweeps that it had counted.
 * A refusal raises nothing, or the database would catch up. A backup that is
 * younger than the last sweep cannot be told from the database itself.
 *
 * @throws Error where the mark holds no number.
 */
export async function claimStore({
  database,
  store,
}: {
  database: Database
  store: ObjectStore
}): Promise<StoreClaim> {
  const ours = installationKey(await getInstallationId(database))
  const others = (marks: string[]) => marks.some((mark) => mark !== ours)
  if (others(await marksOf(store))) return 'foreign'
  const sweepNumber = await raiseSweepNumber(database, await markedNumber(store, ours))
  if (sweepNumber === undefined) return 'ahead'
  const body = Buffer.from(String(sweepNumber))
  await store.put(ours, body, { bytes: body.length, contentType: 'text/plain' })
  // Read again: two installations that mark a new store at once both see it is not theirs alone.
  return others(await marksOf(store)) ? 'foreign' : 'ours'
}

/** 0 where there is no mark yet, or an empty one. */
async function markedNumber(store: ObjectStore, key: string): Promise<number> {
  const mark = await store.get(key)
  if (mark === undefined) return 0
  if (mark.bytes <= MAX_MARK_BYTES) {
    const digits = await text(mark.body)
    if (/^[0-9]*$/.test(digits)) return Number(digits)
  }
  mark.body.destroy()
  throw new Error(`The store’s mark ${key} holds no number. Delete it once you are sure whose the store is.`)
}

async function marksOf(store: ObjectStore): Promise<string[]> {
  const marks: string[] = []
  for await (const { key } of store.list(INSTALLATIONS_PREFIX)) marks.push(key)
  return marks
}
