import { Alert, Button, Checkbox, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { NewApiKey } from '@tintype/sdk'
import { type FormEvent, useState } from 'react'
import { client } from '../app/client.ts'
import { useUser } from '../app/session.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { explain } from '../parts/explain.ts'
import { words } from '../words/index.ts'

type Scope = NewApiKey['scopes'][number]

const SCOPES: Scope[] = ['images:read', 'images:write', 'links:write', 'webhooks']

export interface NewApiKeyModalProps {
  isOpen: boolean
  onClose: () => void
}

/** Makes a key and shows it, this once. */
export function NewApiKeyModal({ isOpen, onClose }: NewApiKeyModalProps) {
  const queries = useQueryClient()
  const creation = useMutation({
    mutationFn: (key: NewApiKey) => client.apiKeys.create(key),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  })
  const made = creation.data
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={creation.reset}
      title={made === undefined ? words.account.newApiKey : words.account.keyMadeTitle}
      closeButtonProps={{ 'aria-label': words.common.close }}
      // What is shown once is not lost by a slip.
      closeOnClickOutside={made === undefined}
      closeOnEscape={made === undefined}
      centered
    >
      {made === undefined ? (
        <NewApiKeyForm
          error={creation.error}
          isBusy={creation.isPending}
          onSubmit={creation.mutate}
          onClose={onClose}
        />
      ) : (
        <Stack>
          <Text size="sm">{words.account.keyMade}</Text>
          <Group wrap="nowrap" gap="xs">
            <Code block flex={1} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {made.key}
            </Code>
            <CopyButton value={made.key} label={words.common.copy} />
          </Group>
          <Button onClick={onClose} style={{ alignSelf: 'flex-end' }}>
            {words.common.close}
          </Button>
        </Stack>
      )}
    </Modal>
  )
}

interface NewApiKeyFormProps {
  error: unknown
  isBusy: boolean
  onSubmit: (key: NewApiKey) => void
  onClose: () => void
}

function NewApiKeyForm({ error, isBusy, onSubmit, onClose }: NewApiKeyFormProps) {
  const { role } = useUser()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<Scope[]>(['images:read'])
  const offered: Scope[] = role === 'user' ? SCOPES : [...SCOPES, 'admin']
  function submit(event: FormEvent) {
    event.preventDefault()
    onSubmit({ name: name.trim(), scopes })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {error !== null && (
          <Alert color="red" role="alert">
            {explain(error)}
          </Alert>
        )}
        <TextInput
          label={words.account.keyName}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          withAsterisk={false}
          data-autofocus
        />
        <Checkbox.Group
          label={words.account.keyScopes}
          value={scopes}
          onChange={(values) => setScopes(values as Scope[])}
        >
          <Stack gap="xs" mt="xs">
            {offered.map((scope) => (
              <Checkbox key={scope} value={scope} label={words.account.scopes[scope]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button type="submit" loading={isBusy} disabled={scopes.length === 0}>
            {words.account.makeKey}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
