import { pick, pickText } from '../../json-value.ts'
import { ask, type LoadContext } from './caller.ts'
import type { Reply } from './http-call.ts'
import { livePictures, type Person, type Picture } from './ledger.ts'
import { sha256 } from './pictures.ts'
import { jsonOf } from './tally.ts'

export type Live = Picture & { id: string }

/** Reads something of a person's: a list, a description, or bytes, whole or a part of them. */
export async function read(context: LoadContext, person: Person): Promise<void> {
  const { random } = context
  const live = livePictures(person)
  if (live.length === 0 || random.next() < 0.15) return readList(context, person)
  const picture = random.pick(live)
  if (!picture.ready) return describe(context, person, picture)
  if (random.next() < 0.4) return readOriginal(context, person, picture)
  return readThumbnail(context, person, picture)
}

async function readList(context: LoadContext, person: Person): Promise<void> {
  const path = context.random.pick(['/v1/images?limit=50', '/v1/me', '/v1/images?state=ready'])
  const asked = await ask(context, person, path)
  if (asked.outcome === 'answered') expectStatus(context, path, asked.reply, [200])
}

/** Finds out whether a picture is ready. */
export async function describe(context: LoadContext, person: Person, picture: Live): Promise<void> {
  const asked = await ask(context, person, `/v1/images/${picture.id}`)
  if (asked.outcome !== 'answered' || isGone(picture)) return
  expectStatus(context, 'the description of a picture', asked.reply, [200])
  const body = jsonOf(asked.reply)
  if (pickText(body, 'state') === 'ready') picture.ready = true
  if (pickText(body, 'state') === 'failed') {
    context.tally.violated(`a good picture failed: ${pickText(body, 'error', 'code')}`)
  }
  const hash = pick(body, 'sha256')
  if (asked.reply.status === 200 && hash !== picture.sha256) {
    context.tally.violated(`a picture is described with the hash of another: ${picture.name}`)
  }
}

async function readOriginal(context: LoadContext, person: Person, picture: Live): Promise<void> {
  const whole = picture.bytes()
  const range = chooseRange(context, whole.length)
  const asked = await ask(context, person, `/v1/images/${picture.id}/original`, {
    headers: rangeHeader(range),
  })
  if (asked.outcome !== 'answered' || isGone(picture)) return
  if (!expectStatus(context, 'an original', asked.reply, [range === undefined ? 200 : 206])) return
  const expected = range === undefined ? whole : whole.subarray(range.start, range.end + 1)
  if (!asked.reply.bytes.equals(expected))
    context.tally.violated(`of ${picture.name} other bytes were served`)
}

/** Reads a thumbnail: whole, or a part of one that was read before. */
export async function readThumbnail(context: LoadContext, person: Person, picture: Live): Promise<void> {
  const path = `/v1/images/${picture.id}/thumbnails/200`
  const known = [...person.served].find(([, one]) => one.pictureId === picture.id)
  const range = known && chooseRange(context, known[1].bytes.length)
  const asked = await ask(context, person, path, { headers: rangeHeader(range) })
  if (asked.outcome !== 'answered' || isGone(picture)) return
  if (!expectStatus(context, 'a thumbnail of a picture that is ready', asked.reply, [range ? 206 : 200]))
    return
  if (!range) keepServed(context, person, picture, asked.reply)
  else if (asked.reply.headers.etag === known?.[0]) {
    const expected = known[1].bytes.subarray(range.start, range.end + 1)
    if (!asked.reply.bytes.equals(expected)) context.tally.violated('a part of a thumbnail is of other bytes')
  }
}

/** What is served under an ETag is compared with all that was served under it before, and later with the store. */
export function keepServed(
  context: LoadContext,
  person: Person,
  picture: Live,
  { headers, bytes }: Reply,
): void {
  const etag = headers.etag ?? ''
  const before = person.served.get(etag)
  if (before !== undefined && sha256(before.bytes) !== sha256(bytes)) {
    context.tally.violated('two different thumbnails were served under one ETag')
  }
  person.served.set(etag, { pictureId: picture.id, bytes })
}

interface Range {
  start: number
  end: number
}

function chooseRange({ random }: LoadContext, bytes: number): Range | undefined {
  if (random.next() < 0.5) return undefined
  const start = random.between(0, bytes - 1)
  return { start, end: random.between(start, bytes - 1) }
}

function rangeHeader(range: Range | undefined): Record<string, string> {
  return range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` }
}

/** Whether its owner began to delete it while it was asked for. */
function isGone(picture: Picture): boolean {
  return picture.deleted !== 'no'
}

function expectStatus(
  { tally }: LoadContext,
  what: string,
  { status, bytes }: Reply,
  expected: number[],
): boolean {
  if (expected.includes(status)) return true
  if (status < 500) tally.violated(`${what} was answered with ${status} ${bytes.toString().slice(0, 200)}`)
  return false
}
