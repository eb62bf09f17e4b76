import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { words } from '../words/index.ts'

/** Keeps what broke to itself. React has no hook for this. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override render() {
    if (!this.state.isBroken) return this.props.children
    return (
      <Center mih={320} p="xl" role="alert">
        <Stack align="center" gap="sm" ta="center">
          <Title order={2} size="h3">
            {words.common.somethingWrong}
          </Title>
          <Text c="dimmed">{words.common.brokenPage}</Text>
          <Button onClick={() => location.reload()}>{words.common.reload}</Button>
        </Stack>
      </Center>
    )
  }
}
