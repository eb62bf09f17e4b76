import { pickText } from '../../json-value.ts'
import { ask, askWithJson, type LoadContext } from './caller.ts'
import type { Reply } from './http-call.ts'
import { type Certainty, type IssuedLink, livePictures, type Person } from './ledger.ts'
import { keepServed } from './reads.ts'
import { jsonOf } from './tally.ts'

const MAX_USES = 3
const KEPT_LINKS = 60

/** Gives a link, visits one, or takes one back. */
export async function useLinks(context: LoadContext, person: Person): Promise<void> {
  const { random } = context
  const chance = random.next()
  const now = performance.now()
  person.links = person.links.filter((link) => link.visitUntil > now)
  if (person.links.length === 0 || chance < 0.25) return issue(context, person)
  const link = random.pick(person.links)
  if (chance < 0.32 && person.links.length > 5) return revoke(context, person, link)
  return visit(context, person, link)
}

/** A link to a picture that is ready, or none where there is no such picture. */
export async function issue(context: LoadContext, person: Person): Promise<void> {
  const { random, tally, linkSeconds } = context
  const ready = livePictures(person).filter((one) => one.ready)
  if (ready.length === 0) return
  const picture = random.pick(ready)
  const target = random.pick(['original', 'h200'] as const)
  const maxUses = random.next() < 0.3 ? MAX_USES : undefined
  const asked = await askWithJson(context, person, `/v1/images/${picture.id}/links`, {
    target,
    maxUses,
    expiresIn: linkSeconds,
  })
  if (asked.outcome !== 'answered' || picture.deleted !== 'no') return
  const body = jsonOf(asked.reply)
  const [id, url] = [pickText(body, 'id'), pickText(body, 'url')]
  if (asked.reply.status !== 201 || id === undefined || url === undefined) {
    return tally.violated(`a new link was answered with ${describe(asked.reply)}`)
  }
  const visitUntil = performance.now() + linkSeconds * 750
  const state = { uses: 0, perhapsUses: 0, revoked: 'no', isForgotten: 'no' } as const
  person.links.push({ id, url, picture, target, maxUses, visitUntil, ...state })
  if (person.links.length > KEPT_LINKS) person.links.shift()
}

/** Follows a link as anybody may, and checks that it does what it still may. */
export async function visit(context: LoadContext, person: Person, link: IssuedLink): Promise<void> {
  const wasRevoked = link.revoked
  const wasForgotten = link.isForgotten
  // Before the visit: others visit it at the same time.
  link.perhapsUses += 1
  const asked = await ask(context, undefined, link.url)
  if (asked.outcome === 'cut') return
  link.perhapsUses -= 1
  if (asked.outcome === 'answered') judge(context, { person, link, wasRevoked, wasForgotten }, asked.reply)
}

function judge(
  context: LoadContext,
  visited: { person: Person; link: IssuedLink; wasRevoked: Certainty; wasForgotten: Certainty },
  reply: Reply,
): void {
  const { person, link, wasRevoked, wasForgotten } = visited
  const { picture, maxUses } = link
  const violated = (sentence: string) => context.tally.violated(sentence)
  if (reply.status === 404) {
    const isUsedUp =
      maxUses !== undefined && (link.uses + link.perhapsUses >= maxUses || link.isForgotten !== 'no')
    const mayBeGone = isUsedUp || link.revoked !== 'no' || picture.deleted !== 'no'
    if (!mayBeGone) violated('a link that lives was answered with 404')
    return
  }
  if (reply.status !== 200) {
    violated(`a link was answered with ${describe(reply)}`)
    return
  }
  link.uses += 1
  if (wasRevoked === 'yes') violated('a link that was revoked still worked')
  if (maxUses !== undefined && link.uses > maxUses) violated(`a link for ${maxUses} uses had ${link.uses}`)
  if (maxUses !== undefined && wasForgotten === 'yes')
    violated('a link with limited uses came back after Redis was emptied')
  if (picture.deleted !== 'no' || picture.id === undefined) return
  if (link.target === 'h200') keepServed(context, person, { ...picture, id: picture.id }, reply)
  else if (!reply.bytes.equals(picture.bytes()))
    violated(`by a link other bytes than those of ${picture.name} came`)
}

async function revoke(context: LoadContext, person: Person, link: IssuedLink): Promise<void> {
  if (link.revoked !== 'no') return
  link.revoked = 'unsure'
  const asked = await ask(context, person, `/v1/links/${link.id}`, { method: 'DELETE' })
  if (asked.outcome === 'answered' && asked.reply.status === 204) link.revoked = 'yes'
}

function describe({ status, bytes }: Reply): string {
  return `${status} ${bytes.toString().slice(0, 200)}`
}
