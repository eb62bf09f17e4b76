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

/** Makes a key and shows it, this once. */
export function NewApiKeyModal({ onClose }: { onClose: () => void }) {
  const { role } = useUser()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<Scope[]>(['images:read'])
  const queries = useQueryClient()
  const creation = useMutation({
    mutationFn: () => client.apiKeys.create({ name: name.trim(), scopes }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    creation.mutate()
  }
  const offered: Scope[] = role === 'user' ? SCOPES : [...SCOPES, 'admin']
  const made = creation.data
  return (
    <Modal
      opened
      onClose={onClose}
      title={made === undefined ? words.account.newApiKey : words.account.keyMadeTitle}
      closeButtonProps={{ 'aria-label': words.common.close }}
      // What is shown once is not lost by a slip.
      closeOnClickOutside={made === undefined}
      centered
    >
      {made === undefined ? (
        <form onSubmit={submit}>
          <Stack>
            {creation.isError && (
              <Alert color="red" role="alert">
                {explain(creation.error)}
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
              <Button type="submit" loading={creation.isPending} disabled={scopes.length === 0}>
                {words.account.makeKey}
              </Button>
            </Group>
          </Stack>
        </form>
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
