import { type ReactNode, Suspense } from 'react'
import { ErrorBoundary } from './error-boundary.tsx'

export interface OnDemandProps {
  children: ReactNode
  /** Until it is loaded, and where it cannot be. */
  fallback?: ReactNode
}

/** Around a part of a page that is loaded by itself. Where that fails, people are told, and the rest stays. */
export function OnDemand({ children, fallback = null }: OnDemandProps) {
  return (
    <ErrorBoundary fallback={fallback}>
      <Suspense fallback={fallback}>{children}</Suspense>
    </ErrorBoundary>
  )
}
