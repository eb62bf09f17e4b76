import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { words } from '../words/index.ts'
import { notifyMissingPart } from './notify.tsx'

interface ErrorBoundaryProps {
  children: ReactNode
  /** In place of what broke, where that is no page: then it is said beside it. */
  fallback?: ReactNode
}

/** Keeps what broke to itself. React has no hook for this. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override componentDidCatch() {
    if (this.props.fallback !== undefined) notifyMissingPart()
  }

  override render() {
    const { children, fallback } = this.props
    if (!this.state.isBroken) return children
    if (fallback !== undefined) return fallback
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
