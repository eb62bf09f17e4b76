import { isUuid } from '@tintype/domain'
import { withDetails } from '@tintype/service-kit'
import { BadCursor } from '../images/errors.ts'
import { BadId } from './errors.ts'

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/**
 * A page of a list whose cursor is the id of its last item. One more than asked
 * is read, which tells whether there is a next page.
 */
export async function readPage<Item extends { id: string }>(
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  read: (query: { limit: number; after: string | undefined }) => Promise<Item[]>,
): Promise<Page<Item>> {
  if (cursor !== undefined && !isUuid(cursor)) throw withDetails(new BadCursor(), { field: 'cursor' })
  const found = await read({ limit: limit + 1, after: cursor })
  const items = found.slice(0, limit)
  return { items, nextCursor: found.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** @throws BadId naming the first of these fields that holds something else than an id. */
export function checkIds(fields: Record<string, string | undefined>): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined && !isUuid(value)) throw withDetails(new BadId(field), { field })
  }
}
