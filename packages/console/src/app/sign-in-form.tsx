import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { TintypeError } from '@tintype/sdk'
import { type FormEvent, useRef, useState } from 'react'
import { explain } from '../parts/explain.ts'
import { words } from '../words/index.ts'
import { signIn } from './session.ts'

export function SignInForm({ username = '' }: { username?: string }) {
  const [name, setName] = useState(username)
  const [password, setPassword] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => signIn(name, password),
    // The button had it, and was out of use meanwhile.
    onError: () => field.current?.focus(),
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        {error !== null && (
          <Alert color="red" variant="light" role="alert">
            {reasonOf(error)}
          </Alert>
        )}
        <TextInput
          label={words.signIn.username}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          autoFocus={username === ''}
          data-autofocus={username === '' ? true : undefined}
          required
          withAsterisk={false}
        />
        <PasswordInput
          ref={field}
          label={words.signIn.password}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-autofocus={username === '' ? undefined : true}
          required
          withAsterisk={false}
        />
        <Button type="submit" loading={isPending} fullWidth mt="xs">
          {words.signIn.submit}
        </Button>
      </Stack>
    </form>
  )
}

function reasonOf(error: Error): string {
  if (!(error instanceof TintypeError)) return explain(error)
  if (error.statusCode === 401) return words.signIn.wrong
  if (error.statusCode === 429) return words.signIn.tooMany(Math.ceil((error.retryAfter ?? 60) / 60))
  return explain(error)
}
