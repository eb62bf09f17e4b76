import { buffer } from 'node:stream/consumers'
import { findOrphanKeys, findUsageDrift } from '@tintype/database'
import { ORIGINALS_PREFIX, originalKey, parseKey, RENDITIONS_PREFIX, STAGING_PREFIX } from '@tintype/domain'
import { etagOf } from '@tintype/service-kit'
import { pick, pickText } from '../json-value.ts'
import { ask, type LoadContext } from './load/caller.ts'
import type { Person, Picture } from './load/ledger.ts'
import { sha256 } from './load/pictures.ts'
import { jsonOf } from './load/tally.ts'
import type { Stage } from './stage.ts'

export interface Findings {
  /** Pictures that were answered with success and are not there, or not whole. */
  lost: number
  /** What does not hold, in sentences. */
  broken: string[]
}

interface Listed {
  id: string
  state: string
  sha256: string
  bytes: number
  error: string | undefined
}

/** Compares what people were told with what the product says now, and that with the store. Nobody may be at it. */
export async function checkInvariants(
  stage: Stage,
  context: LoadContext,
  people: Person[],
): Promise<Findings> {
  const findings: Findings = { lost: 0, broken: [] }
  const sizes = await sizesInStore(stage)
  for (const person of people) {
    const listed = await listOf(context, person)
    checkList(findings, person, listed)
    await checkOriginals(stage, findings, { person, listed, sizes })
    await checkUsage(context, findings, { person, listed, sizes })
    await checkServed(stage, findings, person)
  }
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const { last, drifted } = await findUsageDrift(stage.database, { after, limit: 500 })
    if (drifted.length > 0)
      findings.broken.push(`the usage of ${drifted.length} is not what their pictures come to`)
    after = last
  }
  return findings
}

/** Everything that a person has, by its title. @throws where the product does not answer: it has recovered before. */
async function listOf(context: LoadContext, person: Person): Promise<Map<string, Listed[]>> {
  const found = new Map<string, Listed[]>()
  for (let path: string | undefined = '/v1/images?limit=100'; path !== undefined; ) {
    const asked = await ask(context, person, path)
    if (asked.outcome !== 'answered') throw new Error('a list was not answered after the recovery')
    const body = jsonOf(asked.reply)
    for (const item of pick(body, 'items') as unknown[]) {
      const title = pickText(item, 'title') ?? ''
      const text = (name: string) => pickText(item, name) ?? ''
      const error = pickText(item, 'error', 'code')
      const one = {
        id: text('id'),
        state: text('state'),
        sha256: text('sha256'),
        bytes: Number(pick(item, 'bytes')),
        error,
      }
      found.set(title, [...(found.get(title) ?? []), one])
    }
    const cursor = pickText(body, 'nextCursor')
    path = cursor && `/v1/images?limit=100&cursor=${encodeURIComponent(cursor)}`
  }
  return found
}

/** What was left open is known from now on. */
function checkList(findings: Findings, person: Person, listed: Map<string, Listed[]>): void {
  const { broken } = findings
  const sent = new Map(person.pictures.map((picture) => [picture.name, picture]))
  for (const [name, copies] of listed) {
    if (!sent.has(name)) broken.push(`there is a picture that nobody sent or that was deleted: ${name}`)
    if (copies.length > 1) broken.push(`${name} is there ${copies.length} times`)
  }
  for (const picture of person.pictures) {
    const there = listed.get(picture.name)?.[0]
    const mustBe = picture.accepted === 'yes' && picture.deleted === 'no'
    if (there === undefined) {
      if (mustBe) {
        findings.lost += 1
        broken.push(`${picture.name} was accepted and is not there`)
      }
    } else {
      if (picture.deleted === 'yes') broken.push(`${picture.name} was deleted and is there`)
      if (there.sha256 !== picture.sha256) broken.push(`${picture.name} has the hash of another`)
      checkState(broken, picture, there)
    }
    settle(picture, there)
  }
}

function checkState(broken: string[], picture: Picture, { state, error }: Listed): void {
  if (state === 'ready') return
  if (state === 'failed' && error !== undefined) return
  broken.push(`${picture.name} is ${state}${state === 'failed' ? ' without a code' : ''}`)
}

function settle(picture: Picture, there: Listed | undefined): void {
  if (picture.accepted === 'unsure') picture.accepted = there === undefined ? 'no' : 'yes'
  if (picture.deleted === 'unsure') picture.deleted = there === undefined ? 'yes' : 'no'
  if (there === undefined) return
  picture.id = there.id
  picture.ready = there.state === 'ready'
}

async function sizesInStore({ store }: Stage): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const prefix of [ORIGINALS_PREFIX, RENDITIONS_PREFIX]) {
    for await (const { key, bytes } of store.list(prefix)) sizes.set(key, bytes)
  }
  return sizes
}

interface Checked {
  person: Person
  listed: Map<string, Listed[]>
  sizes: Map<string, number>
}

/** Every original is there in its length; those that were not read before are read and hashed. */
async function checkOriginals(
  stage: Stage,
  findings: Findings,
  { listed, person, sizes }: Checked,
): Promise<void> {
  for (const [name, [image]] of listed) {
    if (image === undefined) continue
    const size = sizes.get(originalKey(image.id))
    if (size === undefined || size !== image.bytes) {
      findings.lost += 1
      findings.broken.push(
        `the original of ${name} is ${size === undefined ? 'not in the store' : 'of another length'}`,
      )
      continue
    }
    const picture = person.pictures.find((one) => one.name === name)
    if (picture === undefined || picture.isCompared) continue
    picture.isCompared = true
    const object = await stage.store.get(originalKey(image.id))
    if (object === undefined || sha256(await buffer(object.body)) !== picture.sha256) {
      findings.lost += 1
      findings.broken.push(`the original of ${name} has other bytes in the store`)
    }
  }
}

/** What a person is said to use is what lies in the store. */
async function checkUsage(
  context: LoadContext,
  findings: Findings,
  { person, listed, sizes }: Checked,
): Promise<void> {
  const asked = await ask(context, person, '/v1/me')
  if (asked.outcome !== 'answered') throw new Error('/v1/me was not answered after the recovery')
  const ids = [...listed.values()].flat().map(({ id }) => id)
  const bytes = ids.reduce((sum, id) => sum + (sizes.get(originalKey(id)) ?? 0), 0)
  const said = [pick(jsonOf(asked.reply), 'usage', 'bytes'), pick(jsonOf(asked.reply), 'usage', 'images')]
  if (said[0] !== bytes || said[1] !== ids.length) {
    findings.broken.push(
      `usage is said to be ${said.join(' bytes, ')} images; the store has ${bytes} bytes, ${ids.length} images`,
    )
  }
}

/** What was served under an ETag is what lies in the store under the key that the ETag stands for. */
async function checkServed({ database, store }: Stage, findings: Findings, person: Person): Promise<void> {
  const rows = await database.db.execute<{ key: string; bytes: number }>(`
    SELECT r.object_key AS key, r.bytes::float8 AS bytes FROM renditions r JOIN images i ON i.id = r.image_id
    WHERE i.owner_id = '${person.userId}' AND i.state = 'ready' AND r.object_key IS NOT NULL`)
  for (const { key, bytes } of rows) {
    const object = await store.head(key)
    if (object === undefined) findings.broken.push('a rendition that a row names is not in the store')
    else if (object.bytes !== bytes) findings.broken.push('a rendition has another length than its row says')
    const served = person.served.get(etagOf(key))
    if (object === undefined || served === undefined || served.isCompared) continue
    served.isCompared = true
    const stored = await store.get(key)
    if (stored === undefined || sha256(await buffer(stored.body)) !== sha256(served.bytes)) {
      findings.broken.push('a thumbnail was served with other bytes than the store has')
    }
  }
}

/** Keys of objects that no row names, and how long ago the last of them was stored, by the store's clock. */
export async function findOrphans({
  database,
  store,
}: Stage): Promise<{ keys: string[]; youngestMs: number }> {
  const now = await store.ping()
  const ages = new Map<string, number>()
  for (const prefix of [ORIGINALS_PREFIX, RENDITIONS_PREFIX, STAGING_PREFIX]) {
    for await (const { key, modifiedAt } of store.list(prefix)) {
      if (parseKey(key) !== undefined) ages.set(key, now.getTime() - modifiedAt.getTime())
    }
  }
  const keys = await findOrphanKeys(database, [...ages.keys()])
  return { keys, youngestMs: Math.min(...keys.map((key) => ages.get(key) ?? 0)) }
}
