import type { SentPicture } from './pictures.ts'

/** What a caller was told of something: `unsure` where no answer came, or one that leaves it open. */
export type Certainty = 'no' | 'unsure' | 'yes'

/** A picture that somebody sent, and what they were told of it. */
export interface Picture extends SentPicture {
  id: string | undefined
  accepted: Certainty
  deleted: Certainty
  /** Known to be ready: what is read of it must be there. */
  ready: boolean
  /** Whether its object was compared with what was sent. */
  isCompared?: boolean
}

export interface IssuedLink {
  id: string
  url: string
  picture: Picture
  target: 'original' | 'h200'
  maxUses: number | undefined
  /** Until when it is visited, by performance.now(). */
  visitUntil: number
  /** Answers with bytes that came whole, and those of which it is not known. */
  uses: number
  perhapsUses: number
  revoked: Certainty
  /** Redis may have lost what it knew of it: one with `maxUses` is closed then. */
  isForgotten: Certainty
}

/** Bytes that were served under an ETag: the same for ever. */
export interface Served {
  pictureId: string
  bytes: Buffer
  /** Whether they were compared with the object. */
  isCompared?: boolean
}

/** Somebody who uploads, reads and gives links, and all that the product told them. */
export interface Person {
  userId: string
  key: string
  pictures: Picture[]
  links: IssuedLink[]
  served: Map<string, Served>
}

export function createPerson(userId: string, key: string): Person {
  return { userId, key, pictures: [], links: [], served: new Map() }
}

/** Those that must be there. */
export function livePictures({ pictures }: Person): (Picture & { id: string })[] {
  return pictures.filter(
    (one): one is Picture & { id: string } =>
      one.accepted === 'yes' && one.deleted === 'no' && one.id !== undefined,
  )
}

/** Drops what is gone for certain, so that a long run does not remember all that ever was. */
export function forgetGone(person: Person): void {
  const gone = new Set(person.pictures.filter((one) => one.deleted === 'yes'))
  const ids = new Set([...gone].map(({ id }) => id))
  person.pictures = person.pictures.filter((one) => !gone.has(one))
  person.links = person.links.filter((one) => one.revoked !== 'yes' && !gone.has(one.picture))
  for (const [etag, { pictureId }] of person.served) if (ids.has(pictureId)) person.served.delete(etag)
}
