import {
  type ExpectedObjects,
  listExpectedKeys,
  listExpectedObjects,
  type Verification,
} from '@tintype/database'
import { ORIGINALS_PREFIX, originalKey, parseKey, RENDITIONS_PREFIX, renditionPrefix } from '@tintype/domain'
import type { ObjectInfo, ObjectStore } from '@tintype/object-store'
import type { Comparison, Expected, Unfit, VerificationDependencies } from './comparison.ts'
import { createFindings } from './findings.ts'
import { hashOriginals } from './hash-originals.ts'
import { mendRenditions } from './mend-renditions.ts'
import { createOrphanage } from './orphanage.ts'

/**
 * Compares the next images with their originals and renditions. Rows and keys
 * are both in the order of the images' ids: what is in the store between the
 * first row and the last, and behind the last of all, belongs to them or to
 * nothing. Held are a batch of rows and a page of keys.
 */
export async function compareImages(
  dependencies: VerificationDependencies,
  { cursor, hash, repair }: Verification,
  { batch, signal }: { batch: number; signal: AbortSignal },
): Promise<Comparison> {
  const { database, store } = dependencies
  const rows = await listExpectedObjects(database, { after: cursor, limit: batch })
  const last = rows.length === batch ? rows.at(-1)?.id : undefined
  const expected = new Map(rows.flatMap(expectedOf).map((one) => [one.key, one]))
  const findings = createFindings()
  const orphanage = await createOrphanage(dependencies, { repair, batch, findings })
  const unfit: Unfit[] = []
  const fit: Expected[] = []
  let objects = 0

  for await (const object of objectsBetween(store, cursor, last, signal)) {
    objects += 1
    const one = expected.get(object.key)
    if (one === undefined) await orphanage.take(object)
    else if (object.bytes === one.bytes) fit.push(one)
    else unfit.push({ expected: one, problem: problemOf(one, 'size'), actual: `${object.bytes} bytes` })
    expected.delete(object.key)
  }
  await orphanage.close()
  unfit.push(...missing([...expected.values()]))
  const hashed = hash ? await hashOriginals(store, fit, signal) : { unfit: [], bytes: 0 }
  const confirmed = await confirm(dependencies, [...unfit, ...hashed.unfit])
  const mended = repair ? await mendRenditions(dependencies, confirmed) : new Set<string>()
  for (const { expected, problem, actual = null } of confirmed) {
    const { imageId, key, name = null, bytes, sha256 = null } = expected
    findings.add({
      problem,
      subjectId: imageId,
      rendition: name,
      expected: problem === 'original-hash' ? sha256 : `${bytes} bytes`,
      actual,
      mended: mended.has(key),
    })
  }
  return { images: rows.length, objects, bytesHashed: hashed.bytes, ...findings.counted(), next: last }
}

function expectedOf({ id, bytes, sha256, renditions }: ExpectedObjects): Expected[] {
  return [
    { imageId: id, key: originalKey(id), bytes, sha256 },
    ...renditions.map((rendition) => ({ imageId: id, ...rendition })),
  ]
}

/** Originals and renditions of images behind one and up to another. Keys that are not of the product's making are passed over. */
async function* objectsBetween(
  store: ObjectStore,
  after: string | null,
  last: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  const areas = [
    { prefix: ORIGINALS_PREFIX, behind: after === null ? undefined : originalKey(after) },
    // «~» sorts behind all that names are made of.
    { prefix: RENDITIONS_PREFIX, behind: after === null ? undefined : `${renditionPrefix(after)}~` },
  ]
  for (const { prefix, behind } of areas) {
    for await (const object of store.list(prefix, { after: behind, signal })) {
      const parsed = parseKey(object.key)
      if (parsed === undefined || parsed.kind === 'staging') continue
      if (last !== undefined && parsed.imageId > last) break
      yield object
    }
  }
}

function problemOf({ name }: Expected, what: 'missing' | 'size') {
  return name === undefined ? (`original-${what}` as const) : (`rendition-${what}` as const)
}

/** The rows were read before the keys were listed, so what they stand for was there, or has gone since. */
function missing(unseen: Expected[]): Unfit[] {
  return unseen.map((expected) => ({ expected, problem: problemOf(expected, 'missing') }))
}

/** Those that rows still stand for: not deleted, evicted or made again meanwhile. */
async function confirm({ database, store }: VerificationDependencies, unfit: Unfit[]): Promise<Unfit[]> {
  if (unfit.length === 0) return []
  // A folder that is not mounted looks like one that lost everything.
  await store.ping()
  const all = unfit.map(({ expected }) => expected)
  const still = await listExpectedKeys(database, {
    originalsOf: all.filter(({ name }) => name === undefined).map(({ imageId }) => imageId),
    renditionKeys: all.filter(({ name }) => name !== undefined),
  })
  return unfit.filter(({ expected: { imageId, key, name } }) =>
    name === undefined ? still.originalsOf.has(imageId) : still.renditionKeys.has(key),
  )
}
