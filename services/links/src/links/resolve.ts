import { type Database, findLiveLink, markLinkUsedUp, type ResolvableLink } from '@tintype/database'
import type { FailureCode } from '@tintype/domain'
import type { LiveRecord } from './live-record.ts'
import type { PasswordCheck, PasswordOutcome } from './password-check.ts'
import type { RenditionWait } from './rendition-wait.ts'
import { grantsLink, stateOfTarget, type TargetFile } from './target.ts'
import type { Tokens } from './token.ts'

/** How far a service's clock may be ahead of the stores' before it refuses a link that they still hold live. */
const CLOCK_LEEWAY_MS = 10 * 60 * 1000

export type ResolveOutcome =
  | { outcome: 'found'; link: ResolvableLink; file: TargetFile }
  | { outcome: 'forged' }
  /** Unknown, expired, revoked or used up: which of them, nobody is told. */
  | { outcome: 'unknown' }
  | { outcome: 'no-longer-granted' }
  | (Exclude<PasswordOutcome, { outcome: 'admitted' }> & { linkId: string })
  | { outcome: 'failed'; code: FailureCode }
  | { outcome: 'pending' }

export interface ResolveDependencies {
  database: Database
  record: LiveRecord
  renditions: RenditionWait
  tokens: Tokens
  passwords: PasswordCheck
}

/**
 * Follows a token to the file it stands for. The order is the contract: the
 * signature, which costs no store a thing; the expiry it names, to spare the
 * stores what is long over; the live record in Redis; then PostgreSQL, which
 * has the last word on every link that is neither forged nor long expired.
 *
 * @throws RedisUnavailable
 */
export async function resolveLink(
  dependencies: ResolveDependencies,
  {
    token,
    password,
    onSigned,
  }: {
    token: string
    password: string | undefined
    /** Called before the stores are asked; what it throws ends it. */
    onSigned: () => Promise<void>
  },
): Promise<ResolveOutcome> {
  const { database, record, tokens, passwords } = dependencies
  const claim = tokens.verify(token)
  if (claim === undefined) return { outcome: 'forged' }
  await onSigned()
  if (claim.expiresAt.getTime() + CLOCK_LEEWAY_MS < Date.now()) return { outcome: 'unknown' }

  const live = await record.read(claim.linkId)
  if (live?.usesLeft === 0) return { outcome: 'unknown' }

  const link = await findLiveLink(database, claim.linkId)
  if (link === undefined) return { outcome: 'unknown' }
  if (live === undefined) {
    // Redis was emptied. How many uses were left nobody knows any more, so a link that counts them stays closed.
    if (link.maxUses !== null) return { outcome: 'unknown' }
    await record.restore(link)
  }
  if (!grantsLink(link.tier, link.target)) return { outcome: 'no-longer-granted' }

  const admission = await passwords(link, password)
  if (admission.outcome !== 'admitted') return { ...admission, linkId: link.id }
  return locate(dependencies, link)
}

async function locate({ renditions }: ResolveDependencies, link: ResolvableLink): Promise<ResolveOutcome> {
  const now = stateOfTarget(link)
  if (now.outcome === 'ready') return { outcome: 'found', link, file: now.file }
  if (now.outcome === 'failed') return now

  const later = await renditions.wait(link)
  if (later === undefined) return { outcome: 'unknown' }
  if (!grantsLink(later.tier, later.target)) return { outcome: 'no-longer-granted' }
  const then = stateOfTarget(later)
  return then.outcome === 'ready' ? { outcome: 'found', link: later, file: then.file } : then
}

export interface UseDependencies {
  database: Database
  record: LiveRecord
  log: { warn(details: object, message: string): void }
}

/**
 * Spends a use of a link that counts them; of another there is nothing to
 * spend. The last one is noted in PostgreSQL too.
 *
 * @returns whether there was one left.
 * @throws RedisUnavailable
 */
export async function spendUse(
  { database, record, log }: UseDependencies,
  link: Pick<ResolvableLink, 'id' | 'maxUses'>,
): Promise<boolean> {
  if (link.maxUses === null) return true
  const left = await record.spend(link.id)
  if (left === 0) {
    // The use is spent whether or not it can be noted.
    await markLinkUsedUp(database, link.id).catch((error: unknown) => {
      log.warn({ err: error, linkId: link.id }, 'could not note that a link is used up; Redis knows it')
    })
  }
  return left !== undefined
}
