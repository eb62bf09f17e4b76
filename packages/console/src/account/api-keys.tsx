import { Button, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ApiKey } from '@tintype/sdk'
import { KeyRound } from 'lucide-react'
import { client } from '../app/client.ts'
import { ConfirmModal } from '../parts/confirm-modal.tsx'
import { ErrorState } from '../parts/error-state.tsx'
import { formatAgo } from '../parts/format.ts'
import { LoadingState } from '../parts/loading-state.tsx'
import { notifyFailure } from '../parts/notify.tsx'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'
import classes from './list.module.css'
import { NewApiKeyModal } from './new-api-key-modal.tsx'

export function ApiKeys() {
  const [isMaking, form] = useDisclosure()
  const keys = useQuery({ queryKey: ['api-keys'], queryFn: () => client.apiKeys.list() })
  return (
    <Section
      title={words.account.apiKeys}
      action={
        <Button
          size="xs"
          variant="light"
          leftSection={<KeyRound size={15} aria-hidden />}
          onClick={form.open}
        >
          {words.account.newApiKey}
        </Button>
      }
    >
      {keys.isPending && <LoadingState />}
      {keys.isError && <ErrorState error={keys.error} onRetry={keys.refetch} />}
      {keys.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.account.noApiKeys}
        </Text>
      )}
      <Stack gap={0} component="ul" className={classes.list}>
        {keys.data?.map((key) => (
          <ApiKeyRow key={key.id} apiKey={key} />
        ))}
      </Stack>
      <NewApiKeyModal isOpen={isMaking} onClose={form.close} />
    </Section>
  )
}

function ApiKeyRow({ apiKey: { id, name, hint, scopes, lastUsedAt } }: { apiKey: ApiKey }) {
  const [isAsking, question] = useDisclosure()
  const queries = useQueryClient()
  const deletion = useMutation({
    mutationFn: () => client.apiKeys.delete(id),
    onError: notifyFailure,
    onSettled: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  })
  const used = lastUsedAt === null ? words.account.neverUsed : words.account.lastUsed(formatAgo(lastUsedAt))
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <Text size="sm" fw={500} truncate title={name}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {[`${hint}…`, used].join(' · ')}
        </Text>
        <Text size="xs" c="dimmed">
          {scopes.map((scope) => words.account.scopes[scope]).join(', ')}
        </Text>
      </div>
      <Button
        size="compact-sm"
        variant="subtle"
        color="red"
        aria-label={words.account.deleteKey(name)}
        onClick={question.open}
      >
        {words.common.delete}
      </Button>
      <ConfirmModal
        isOpen={isAsking}
        title={words.account.deleteKeyTitle(name)}
        text={words.account.deleteKeyText}
        action={words.common.delete}
        isBusy={deletion.isPending}
        onConfirm={() => deletion.mutate()}
        onClose={question.close}
      />
    </li>
  )
}
