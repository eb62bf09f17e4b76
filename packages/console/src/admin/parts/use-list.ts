import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { Pages } from '@tintype/sdk'

/** How many items a page of a list has. */
export const PAGE_SIZE = 50

/** A list as far as it is loaded, and how to have more of it. */
export interface List<T> {
  /** Undefined until the first page is there. */
  items: T[] | undefined
  error: Error | null
  refetch: () => unknown
  /** Whether these are of the filters before, until those of the new ones are there. */
  isPlaceholderData: boolean
  hasNextPage: boolean
  isFetchingNextPage: boolean
  isFetchNextPageError: boolean
  fetchNextPage: () => Promise<unknown>
}

/** A list that goes on page after page. Everything of the administration is known below `admin`. */
export function useList<T>(key: readonly unknown[], read: () => Pages<T>): List<T> {
  const query = useInfiniteQuery({
    queryKey: ['admin', ...key],
    queryFn: ({ pageParam }) => read().page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
  return { ...query, items: query.data?.pages.flatMap(({ items }) => items) }
}
