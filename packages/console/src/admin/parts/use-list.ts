import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { Pages } from '@tintype/sdk'

/** How many items a page of a list has. */
export const PAGE_SIZE = 50

/** A list that goes on page after page. Everything of the administration is known below `admin`. */
export function useList<T>(key: readonly unknown[], read: () => Pages<T>) {
  const query = useInfiniteQuery({
    queryKey: ['admin', ...key],
    queryFn: ({ pageParam }) => read().page(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })
  return { ...query, items: query.data?.pages.flatMap(({ items }) => items) }
}

export type List<T> = ReturnType<typeof useList<T>>
