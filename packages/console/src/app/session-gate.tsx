import { Center, Paper, Stack, Title } from '@mantine/core'
import { lazy, type ReactNode } from 'react'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { OnDemand } from '../parts/on-demand.tsx'
import { usePageTitle } from '../parts/use-page-title.ts'
import { words } from '../words/index.ts'
import { Logo } from './logo.tsx'
import { isUnauthorized, UserProvider, useIsExpired, useMeQuery } from './session.ts'
import { SignInForm } from './sign-in-form.tsx'

const SessionEnded = lazy(() => import('./session-ended.tsx'))

/**
 * Shows its children to who is signed in. A session that ends while they look
 * takes nothing away: they sign in over the page, and go on.
 */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data: user, error, refetch } = useMeQuery()
  const isExpired = useIsExpired()
  if (user === undefined) {
    if (error === null) return <LoadingState />
    if (isUnauthorized(error)) return <SignInPage />
    return <ErrorState error={error} onRetry={refetch} />
  }
  return (
    <UserProvider value={user}>
      {children}
      {/* Loaded while there is a session: once it is over, it may be too late. */}
      <OnDemand>
        <SessionEnded username={user.username} isOpen={isExpired} />
      </OnDemand>
    </UserProvider>
  )
}

function SignInPage() {
  usePageTitle(words.signIn.title)
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={400}>
        <Stack>
          <Logo size={40} />
          <Title order={1} size="h2">
            {words.signIn.title}
          </Title>
          <SignInForm />
        </Stack>
      </Paper>
    </Center>
  )
}
