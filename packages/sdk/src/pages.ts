export interface Page<T> {
  items: T[]
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null
}

/** A list, one item after another over all its pages, or page by page. */
export interface Pages<T, P extends Page<T> = Page<T>> extends AsyncIterable<T> {
  /** One page: the first, or that of a `nextCursor`. */
  page(cursor?: string): Promise<P>
}

export function createPages<P extends Page<unknown>>(
  read: (cursor: { cursor?: string }) => Promise<P>,
): Pages<P['items'][number], P> {
  const page = (cursor?: string) => read(cursor === undefined ? {} : { cursor })
  return {
    page,
    async *[Symbol.asyncIterator]() {
      let cursor: string | null | undefined
      do {
        const { items, nextCursor } = await page(cursor ?? undefined)
        yield* items
        cursor = nextCursor
      } while (cursor !== null)
    },
  }
}
