import { Button, Center, Stack, Text, Title } from '@mantine/core'
import { TintypeError } from '@tintype/sdk'
import { words } from '../words/index.ts'
import { explain } from './explain.ts'

/** In place of what could not be loaded. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => unknown }) {
  const requestId = error instanceof TintypeError ? error.requestId : undefined
  return (
    <Center mih={320} p="xl" role="alert">
      <Stack align="center" gap="sm" maw={440} ta="center">
        <Title order={2} size="h3">
          {words.common.somethingWrong}
        </Title>
        <Text c="dimmed">{explain(error)}</Text>
        {requestId !== undefined && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {words.common.requestId(requestId)}
          </Text>
        )}
        {onRetry !== undefined && (
          <Button variant="light" onClick={() => onRetry()}>
            {words.common.retry}
          </Button>
        )}
      </Stack>
    </Center>
  )
}
