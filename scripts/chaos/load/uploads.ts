import { setTimeout as delay } from 'node:timers/promises'
import { pickText } from '../../json-value.ts'
import { ask, type LoadContext } from './caller.ts'
import type { Person, Picture } from './ledger.ts'
import { type Asked, jsonOf } from './tally.ts'

/** How many senders say which request of theirs it is, and send it again until it is answered. */
const KEYED_SHARE = 0.7
const AGAIN_MS = 250

/** Sends a picture nobody sent before, as a careful client does (with an Idempotency-Key, until it is answered) or once. */
export async function upload(context: LoadContext, person: Person): Promise<Picture> {
  const { random, pictures, stopping } = context
  const picture: Picture = {
    ...pictures.make(random.between(0, 8)),
    ...{ id: undefined, accepted: 'no', deleted: 'no', ready: false },
  }
  person.pictures.push(picture)
  const isCareful = random.next() < KEYED_SHARE
  do {
    const asked = await send(context, person, picture, isCareful)
    if (asked.outcome === 'answered') {
      takeAnswer(context, picture, asked)
      return picture
    }
    // Also a refusal leaves it open: the commit may have been what was not answered.
    picture.accepted = 'unsure'
    if (isCareful) await delay(AGAIN_MS, undefined, { signal: stopping }).catch(() => {})
  } while (isCareful && !stopping.aborted)
  return picture
}

function send(context: LoadContext, person: Person, picture: Picture, isCareful: boolean): Promise<Asked> {
  const boundary = `load-${picture.name}`
  const field = (headers: string, value: Buffer | string) => [
    `--${boundary}\r\ncontent-disposition: form-data; ${headers}\r\n\r\n`,
    value,
    '\r\n',
  ]
  const parts = [
    ...field('name="title"', picture.name),
    ...field(`name="file"; filename="${picture.name}.jpg"`, picture.bytes()),
    `--${boundary}--\r\n`,
  ]
  return ask(context, person, '/v1/images', {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      ...(isCareful && { 'idempotency-key': picture.name }),
    },
    body: Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
  })
}

function takeAnswer(
  { tally }: LoadContext,
  picture: Picture,
  { reply }: Asked & { outcome: 'answered' },
): void {
  const id = pickText(jsonOf(reply), 'items', 0, 'image', 'id')
  if (reply.status === 202 && id !== undefined) {
    picture.accepted = 'yes'
    picture.id = id
    return
  }
  tally.violated(
    `an upload of a good picture was answered with ${reply.status} ${reply.bytes.toString().slice(0, 200)}`,
  )
}
