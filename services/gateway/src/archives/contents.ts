import { Readable } from 'node:stream'
import {
  type Archive,
  type ArchiveEntry,
  type Database,
  findUser,
  listArchiveEntries,
  stateOfRendition,
} from '@tintype/database'
import { extensionOf, FAILURES, grants, originalKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { Unauthorized } from '@tintype/service-kit'
import { createEntryNames } from './entry-names.ts'

/** Rows read at a time. */
const PAGE = 200
/** How old what is known of rows and rights may be when a file is fetched by it, in milliseconds. */
const FRESH_MS = 1000
/** Lines of the list of what is not included: what is held in memory. */
const MAX_LISTED = 5000

/** What tells the reader of an archive what is not in it. */
const LIST_NAME = 'not-included.txt'

export interface ArchivedFile {
  name: string
  modifiedAt: Date
  /** To be consumed or destroyed before the next file is asked for. */
  body: Readable
}

/**
 * The files of an archive, each opened when it is asked for, and at the end a
 * list of those that could not be included. Rows are read by the page, and read
 * again with the owner's rights where a page takes its reader long.
 *
 * @throws Unauthorized when the owner is disabled meanwhile, and when a store is away.
 */
export async function* openArchive(
  { database, store }: { database: Database; store: ObjectStore },
  archive: Archive,
  signal: AbortSignal,
): AsyncGenerator<ArchivedFile> {
  const names = createEntryNames()
  const listName = names.take(LIST_NAME)
  const missing = createMissingList()
  const unseen = new Set(archive.imageIds)

  for await (const { entry, isGranted } of entriesOf(database, archive)) {
    const { image } = entry
    unseen.delete(image.id)
    const source = isGranted ? sourceOf(archive, entry) : { reason: 'Your tier does not grant it any more.' }
    if ('reason' in source) {
      missing.add(image.filename, image.id, source.reason)
      continue
    }
    const object = await store.get(source.key, { signal })
    if (object === undefined) {
      // A folder that is not mounted looks the same.
      await store.ping(signal)
      missing.add(image.filename, image.id, 'It was deleted meanwhile.')
      continue
    }
    yield {
      name: names.take(image.filename, source.extension),
      modifiedAt: image.uploadedAt,
      body: object.body,
    }
  }
  for (const id of unseen) missing.add('', id, 'It was deleted meanwhile.')
  if (missing.count > 0)
    yield { name: listName, modifiedAt: new Date(), body: Readable.from([missing.text()]) }
}

async function* entriesOf(
  database: Database,
  archive: Archive,
): AsyncGenerator<{ entry: ArchiveEntry; isGranted: boolean }> {
  for (let after: string | undefined; ; ) {
    const readAt = performance.now()
    const owner = await findUser(database, archive.ownerId)
    if (owner?.disabledAt !== null) throw new Unauthorized()
    const isGranted = grants(owner.tier, archive.rendition)
    const page = await listArchiveEntries(database, archive, { after, limit: PAGE })
    if (page.length === 0) return
    for (const entry of page) {
      if (entry !== page[0] && performance.now() - readAt > FRESH_MS) break
      after = entry.image.id
      yield { entry, isGranted }
    }
  }
}

/** Where an entry's bytes are, or why there are none. */
function sourceOf(
  { rendition }: Archive,
  entry: ArchiveEntry,
): { key: string; extension?: string } | { reason: string } {
  if (rendition === 'original') return { key: originalKey(entry.image.id) }
  const state = stateOfRendition(entry.image, entry.rendition)
  switch (state.outcome) {
    case 'ready':
      return { key: state.file.key, extension: extensionOf(state.file.format) }
    case 'failed':
      return { reason: FAILURES[state.code] }
    case 'pending':
      return { reason: 'It is not made yet.' }
  }
}

/** Some of what is missing, and how much it is. */
function createMissingList() {
  const lines: string[] = []
  let count = 0
  return {
    get count() {
      return count
    },
    add(filename: string, id: string, reason: string) {
      count += 1
      if (lines.length < MAX_LISTED) lines.push(`${filename}\t${id}\t${reason}\r\n`)
    },
    text() {
      const more = count - lines.length
      return lines.join('') + (more === 0 ? '' : `and ${more} more\r\n`)
    },
  }
}
