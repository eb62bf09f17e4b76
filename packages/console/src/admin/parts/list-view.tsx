import { Button, Center, Text } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import { type ReactNode, useEffect } from 'react'
import { EmptyState, type EmptyStateProps } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { LoadingState } from '../../parts/loading-state.tsx'
import { adminWords } from '../../words/en-admin.ts'
import type { List } from './use-list.ts'

interface ListViewProps<T> {
  list: List<T>
  isFiltered: boolean
  onClearFilters: () => void
  /** What there is to see where nothing is, and nothing is left out. */
  empty: EmptyStateProps
  children: (items: T[]) => ReactNode
}

/** A list in each state that it can be in, with more of it where it ends. */
export function ListView<T>({ list, isFiltered, onClearFilters, empty, children }: ListViewProps<T>) {
  const { items, error, refetch, isPlaceholderData } = list
  if (error !== null && items === undefined) return <ErrorState error={error} onRetry={refetch} />
  if (items === undefined) return <LoadingState />
  if (items.length === 0) {
    if (!isFiltered) return <EmptyState {...empty} />
    return (
      <EmptyState
        title={adminWords.lists.noneFound}
        text={adminWords.lists.noneFoundText}
        action={
          <Button variant="light" onClick={onClearFilters}>
            {adminWords.lists.clearFilters}
          </Button>
        }
      />
    )
  }
  return (
    <div aria-busy={isPlaceholderData} style={isPlaceholderData ? { opacity: 0.6 } : undefined}>
      {children(items)}
      <MoreOf list={list} />
    </div>
  )
}

/** Loads the next page when one comes to its place, or when asked. */
function MoreOf<T>({ list }: { list: List<T> }) {
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list
  const { ref, inViewport } = useInViewport<HTMLDivElement>()
  const isDue = inViewport && hasNextPage && !isFetchingNextPage && !isFetchNextPageError
  useEffect(() => {
    if (isDue) void fetchNextPage()
  }, [isDue, fetchNextPage])
  return (
    <Center ref={ref} py="lg">
      {hasNextPage ? (
        <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
          {adminWords.lists.loadMore}
        </Button>
      ) : (
        <Text size="sm" c="dimmed">
          {adminWords.lists.allShown}
        </Text>
      )}
    </Center>
  )
}
