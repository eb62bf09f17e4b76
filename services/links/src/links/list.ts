import { type Database, type Link, type LinkQuery, listLiveLinks } from '@tintype/database'
import type { LiveRecord } from './live-record.ts'

export interface ListedLink extends Link {
  usesLeft: number | undefined
}

export type ListOutcome =
  | { outcome: 'listed'; links: ListedLink[]; nextCursor: string | null }
  | { outcome: 'no-such-image' }

/**
 * The live links of an owner's image, newest first: one query, and one call to
 * Redis where any of them counts its uses.
 *
 * @throws RedisUnavailable
 */
export async function listLinks(
  { database, record }: { database: Database; record: LiveRecord },
  query: LinkQuery,
): Promise<ListOutcome> {
  const page = await listLiveLinks(database, query)
  if (page === undefined) return { outcome: 'no-such-image' }
  const counted = page.filter((link) => link.maxUses !== null)
  const records = await record.readAll(counted.map((link) => link.id))
  const usesLeft = new Map(counted.map((link, index) => [link.id, records[index]?.usesLeft ?? 0]))
  return {
    outcome: 'listed',
    // One without uses is not live: they are spent, or Redis lost count of them.
    links: page
      .map((link) => ({ ...link, usesLeft: usesLeft.get(link.id) }))
      .filter((link) => link.usesLeft !== 0),
    nextCursor: page.length < query.limit ? null : (page.at(-1)?.id ?? null),
  }
}
