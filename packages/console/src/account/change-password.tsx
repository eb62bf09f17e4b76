import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { client } from '../app/client.ts'
import { useUser } from '../app/session.ts'
import { explain } from '../parts/explain.ts'
import { notifyDone } from '../parts/notify.tsx'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'

export function ChangePassword() {
  const { username } = useUser()
  const [oldPassword, setOld] = useState('')
  const [newPassword, setNew] = useState('')
  const queries = useQueryClient()
  const change = useMutation({
    mutationFn: () => client.changePassword(oldPassword, newPassword),
    onSuccess() {
      setOld('')
      setNew('')
      notifyDone(words.account.passwordChanged)
      void queries.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  function submit(event: FormEvent) {
    event.preventDefault()
    change.mutate()
  }
  return (
    <Section title={words.account.password}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {change.isError && (
            <Alert color="red" role="alert">
              {explain(change.error)}
            </Alert>
          )}
          {/* For password managers, which ask whose it is. */}
          <input type="hidden" name="username" autoComplete="username" value={username} readOnly />
          <PasswordInput
            label={words.account.oldPassword}
            autoComplete="current-password"
            value={oldPassword}
            onChange={(event) => setOld(event.currentTarget.value)}
            required
            withAsterisk={false}
          />
          <PasswordInput
            label={words.account.newPassword}
            autoComplete="new-password"
            value={newPassword}
            onChange={(event) => setNew(event.currentTarget.value)}
            required
            withAsterisk={false}
          />
          <Text size="xs" c="dimmed">
            {words.account.passwordHint}
          </Text>
          <Button type="submit" loading={change.isPending} style={{ alignSelf: 'flex-start' }}>
            {words.account.changePassword}
          </Button>
        </Stack>
      </form>
    </Section>
  )
}
