import { Button, Center, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { TintypeError } from '@tintype/sdk'
import { type FormEvent, type ReactNode, useState } from 'react'
import { rememberAdminPath } from '../app/client.ts'
import { adminWords } from '../words/en-admin.ts'
import { useStats } from './parts/queries.ts'

/** Where ADMIN_PATH has moved the administration, only people can say where to. */
export function MovedGate({ children }: { children: ReactNode }) {
  const { error } = useStats()
  const isMoved = error instanceof TintypeError && error.statusCode === 404
  return isMoved ? <Moved /> : children
}

function Moved() {
  const [path, setPath] = useState('')
  function open(event: FormEvent) {
    event.preventDefault()
    rememberAdminPath(path)
    location.reload()
  }
  return (
    <Center p="md" mih={420}>
      <Paper withBorder p="xl" w="100%" maw={460}>
        <form onSubmit={open}>
          <Stack>
            <Title order={1} size="h3">
              {adminWords.moved.title}
            </Title>
            <Text c="dimmed">{adminWords.moved.text}</Text>
            <TextInput
              label={adminWords.moved.path}
              value={path}
              onChange={({ currentTarget }) => setPath(currentTarget.value.trim())}
              autoCapitalize="none"
              autoComplete="off"
              spellCheck={false}
              pattern="[A-Za-z0-9_\-]+"
              required
              withAsterisk={false}
            />
            <Button type="submit">{adminWords.moved.open}</Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  )
}
