import { Readable } from 'node:stream'
import {
  type Archive,
  type ArchiveEntry,
  type Database,
  findUser,
  listArchiveEntries,
  requestRenditions,
  stateOfRendition,
} from '@tintype/database'
import { extensionOf, FAILURES, grants, originalKey, pictureName } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { type ReadRecorder, Unauthorized } from '@tintype/service-kit'
import { createEntryNames } from './entry-names.ts'

/** Rows read at a time. */
const PAGE = 200
/** How old what is known of rows and rights may be when a file is fetched by it, in milliseconds. */
const FRESH_MS = 1000
/** Lines of the list of what is not included: what is held in memory. */
const MAX_LISTED = 5000

/** What tells the reader of an archive what is not in it. */
const LIST_NAME = 'not-included.txt'
const BEING_MADE = 'It is being made; fetch the archive again later.'
const DELETED = 'It was deleted meanwhile.'

export interface ArchiveDependencies {
  database: Database
  store: ObjectStore
  reads: ReadRecorder
}

export interface ArchivedFile {
  name: string
  modifiedAt: Date
  /** To be consumed or destroyed before the next file is asked for. */
  body: Readable
}

/**
 * The files of an archive, each opened when it is asked for, and at the end a
 * list of those that could not be included. Rows are read by the page, and read
 * again with the owner's rights where a page takes its reader long. What is not
 * made is asked for; the pending sweep enqueues it, as fast as it can be made.
 *
 * @throws Unauthorized when the owner is disabled meanwhile, and when a store is away.
 */
export async function* openArchive(
  { database, store, reads }: ArchiveDependencies,
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
      // Evicted since its row was read: it is missing as if it had never been made.
      const isAsked = (await requestMissing(database, archive, [{ image, rendition: undefined }])).length > 0
      missing.add(image.filename, image.id, isAsked ? BEING_MADE : DELETED)
      continue
    }
    if (archive.rendition !== 'original') reads.note(image.id, archive.rendition)
    const isOriginal = source.extension === undefined
    yield {
      name: names.take(
        isOriginal ? pictureName(image.filename, image.format) : image.filename,
        source.extension,
      ),
      modifiedAt: image.uploadedAt,
      body: object.body,
    }
  }
  for (const id of unseen) missing.add('', id, DELETED)
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
    if (isGranted) await requestMissing(database, archive, page)
    for (const entry of page) {
      if (entry !== page[0] && performance.now() - readAt > FRESH_MS) break
      after = entry.image.id
      yield { entry, isGranted }
    }
  }
}

/**
 * Asks for what of these entries is neither made nor failed, in one statement.
 *
 * @returns the ids of the images of which nobody had asked for it before.
 */
export async function requestMissing(
  database: Database,
  { rendition: name }: Pick<Archive, 'rendition'>,
  entries: Pick<ArchiveEntry, 'image' | 'rendition'>[],
): Promise<string[]> {
  if (name === 'original') return []
  const missing = entries.filter(
    ({ image, rendition }) =>
      rendition === undefined && stateOfRendition(image, rendition).outcome === 'pending',
  )
  if (missing.length === 0) return []
  return requestRenditions(
    database,
    missing.map(({ image }) => image.id),
    name,
  )
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
      return { reason: BEING_MADE }
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
