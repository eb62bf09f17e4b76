import { Center, Modal, Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { words } from '../words/index.ts'
import { Logo } from './logo.tsx'
import { isUnauthorized, UserProvider, useIsExpired, useMeQuery } from './session.ts'
import { SignInForm } from './sign-in-form.tsx'

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
      <Modal
        opened={isExpired}
        onClose={() => {}}
        withCloseButton={false}
        closeOnEscape={false}
        title={words.signIn.expiredTitle}
        centered
        zIndex={400}
      >
        <Stack>
          <Text size="sm">{words.signIn.expired}</Text>
          <SignInForm username={user.username} />
        </Stack>
      </Modal>
    </UserProvider>
  )
}

function SignInPage() {
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
