import { Button } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { TintypeError } from '@tintype/sdk'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { EmptyState } from '../../parts/empty-state.tsx'
import { ErrorState } from '../../parts/error-state.tsx'
import { LoadingState } from '../../parts/loading-state.tsx'

interface OneStateProps<T> {
  query: UseQueryResult<T>
  notFound: string
  back: { href: string; label: string }
  children: (data: T) => ReactNode
}

/** One thing in each state that it can be in: loading, gone, not to be had, there. */
export function OneState<T>({ query: { data, error, refetch }, notFound, back, children }: OneStateProps<T>) {
  const isGone = error instanceof TintypeError && error.statusCode === 404
  if (isGone) {
    return (
      <EmptyState
        title={notFound}
        action={
          <Button component={Link} href={back.href} variant="light">
            {back.label}
          </Button>
        }
      />
    )
  }
  if (data !== undefined) return children(data)
  return error === null ? <LoadingState /> : <ErrorState error={error} onRetry={refetch} />
}
