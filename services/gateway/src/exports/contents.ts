import { Readable } from 'node:stream'
import {
  type Database,
  listArchiveEntries,
  listUserRecords,
  USER_RECORD_KINDS,
  type UserRecordKind,
} from '@tintype/database'
import { extensionOf, originalKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import type { ArchivedFile } from '../archives/contents.ts'

/** Rows read at a time. */
const PAGE = 200

const README = `All that is kept of this account.

*.jsonl       one record a line, in JSON; an empty file where there is none
originals/    the uploaded files, by the id that they have in images.jsonl

Not included: files made of pictures (made again from the originals at any time), passwords, and secrets.
Files that are named here and not in originals/ could not be read when this was made:
`

export interface ExportDependencies {
  database: Database
  store: ObjectStore
}

/**
 * All that is kept of a user, file by file: records by kind, then the uploaded
 * files, each opened when it is asked for. A page of rows is held.
 */
export async function* openUserExport(
  { database, store }: ExportDependencies,
  userId: string,
  { originals, signal }: { originals: boolean; signal: AbortSignal },
): AsyncGenerator<ArchivedFile> {
  const madeAt = new Date()
  for (const kind of USER_RECORD_KINDS) {
    const body = Readable.from(linesOf(database, userId, kind))
    yield { name: `${kind}.jsonl`, modifiedAt: madeAt, body }
  }
  const missing: string[] = []
  const all = { ownerId: userId, imageIds: null, rendition: 'original' } as const
  for (let after: string | undefined; originals; ) {
    const page = await listArchiveEntries(database, all, { after, limit: PAGE })
    after = page.at(-1)?.image.id
    if (after === undefined) break
    for (const { image } of page) {
      const object = await store.get(originalKey(image.id), { signal })
      // Deleted meanwhile, or lost.
      if (object === undefined) missing.push(image.id)
      else {
        const name = `originals/${image.id}.${extensionOf(image.format)}`
        yield { name, modifiedAt: image.uploadedAt, body: object.body }
      }
    }
  }
  const note = originals
    ? README + (missing.length === 0 ? 'none' : missing.join('\n'))
    : `${README}all of them, as your tier does not grant originals`
  yield { name: 'README.txt', modifiedAt: madeAt, body: Readable.from([`${note}\n`]) }
}

async function* linesOf(database: Database, userId: string, kind: UserRecordKind): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const { lines, last } = await listUserRecords(database, userId, { kind, after, limit: PAGE })
    if (last === undefined) return
    after = last
    yield `${lines.join('\n')}\n`
  }
}
