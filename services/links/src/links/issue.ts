import {
  createLink,
  type Database,
  findImage,
  type ImageWithRenditions,
  type Link,
  type RenditionState,
  stateOfRendition,
} from '@tintype/database'
import { type FailureCode, type Target, type Tier, uuidv7 } from '@tintype/domain'
import { hashPassword } from '@tintype/service-kit'
import type { LiveRecord } from './live-record.ts'
import type { RenditionWait } from './rendition-wait.ts'
import { grantsLink } from './target.ts'

/** How long a link lives where its maker says nothing, as far as the tier allows it. */
const DEFAULT_EXPIRES_IN_SECONDS = 3600

export interface LinkOrder {
  owner: { id: string; tier: Tier }
  imageId: string
  target: Target
  expiresInSeconds?: number | undefined
  maxUses?: number | undefined
  password?: string | undefined
  filename?: string | undefined
}

export type IssueOutcome =
  | { outcome: 'issued'; link: Link; expiresInSeconds: number }
  /** Also for an image of somebody else's, and one that is being deleted. */
  | { outcome: 'no-such-image' }
  | { outcome: 'links-not-in-tier' }
  | { outcome: 'target-not-in-tier' }
  | { outcome: 'expiry-out-of-range'; minSeconds: number; maxSeconds: number }
  /** The target could not be made of this picture, so a link to it would never work. */
  | { outcome: 'failed'; code: FailureCode }

export interface IssueDependencies {
  database: Database
  record: LiveRecord
  renditions: RenditionWait
}

/**
 * Issues a link. A rendition that is not made yet is asked for: visitors wait
 * for it a moment.
 *
 * The record goes to Redis first, so that a link which exists in PostgreSQL has
 * had all its uses there; where the row is then not written, the record names
 * nothing and expires by itself.
 *
 * @throws RedisUnavailable
 */
export async function issueLink(
  { database, record, renditions }: IssueDependencies,
  order: LinkOrder,
): Promise<IssueOutcome> {
  const { owner, imageId, target, maxUses, filename } = order
  const found = await findImage(database, owner.id, imageId)
  if (found === undefined) return { outcome: 'no-such-image' }
  if (!owner.tier.linkAccess) return { outcome: 'links-not-in-tier' }
  if (!grantsLink(owner.tier, target)) return { outcome: 'target-not-in-tier' }

  const { linkMinSeconds: minSeconds, linkMaxSeconds: maxSeconds } = owner.tier
  const expiresInSeconds =
    order.expiresInSeconds ?? Math.min(maxSeconds, Math.max(minSeconds, DEFAULT_EXPIRES_IN_SECONDS))
  if (expiresInSeconds < minSeconds || expiresInSeconds > maxSeconds) {
    return { outcome: 'expiry-out-of-range', minSeconds, maxSeconds }
  }
  const state = lookFor(found, target)
  if (state?.outcome === 'failed') return state

  const id = uuidv7()
  const passwordHash = order.password === undefined ? undefined : await hashPassword(order.password)
  await record.write({ id, remainingMs: expiresInSeconds * 1000, usesLeft: maxUses })
  const link = await createLink(database, {
    id,
    ownerId: owner.id,
    imageId,
    target,
    expiresInSeconds,
    maxUses,
    passwordHash,
    filename,
  })
  if (link === undefined) return { outcome: 'no-such-image' }
  if (state?.outcome === 'pending') await renditions.ask(imageId, target)
  return { outcome: 'issued', link, expiresInSeconds }
}

function lookFor({ image, renditions }: ImageWithRenditions, target: Target): RenditionState | undefined {
  if (target === 'original') return undefined
  return stateOfRendition(
    image,
    renditions.find((one) => one.name === target),
  )
}
