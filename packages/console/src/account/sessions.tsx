import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Session } from '@tintype/sdk'
import { client } from '../app/client.ts'
import { signOut } from '../app/session.ts'
import { ConfirmModal } from '../parts/confirm-modal.tsx'
import { ErrorState } from '../parts/error-state.tsx'
import { formatAgo } from '../parts/format.ts'
import { LoadingState } from '../parts/loading-state.tsx'
import { notifyFailure } from '../parts/notify.tsx'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'
import { deviceName } from './device-name.ts'
import classes from './list.module.css'

export function Sessions() {
  const [isAsking, question] = useDisclosure()
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: () => client.sessions.list() })
  return (
    <Section
      title={words.account.sessions}
      action={
        <Button size="xs" variant="subtle" color="red" onClick={question.open}>
          {words.account.endAll}
        </Button>
      }
    >
      {sessions.isPending && <LoadingState />}
      {sessions.isError && <ErrorState error={sessions.error} onRetry={sessions.refetch} />}
      <Stack gap={0} component="ul" className={classes.list}>
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </Stack>
      <ConfirmModal
        isOpen={isAsking}
        title={words.account.endAllTitle}
        text={words.account.endAllText}
        action={words.account.endAll}
        onConfirm={() => void signOut({ everywhere: true }).catch(notifyFailure)}
        onClose={question.close}
      />
    </Section>
  )
}

function SessionRow({
  session: { id, userAgent, address, createdAt, lastUsedAt, current },
}: {
  session: Session
}) {
  const queries = useQueryClient()
  const end = useMutation({
    mutationFn: () => client.sessions.end(id),
    onError: notifyFailure,
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
  const name = deviceName(userAgent)
  const times = [words.account.lastUsed(formatAgo(lastUsedAt)), words.account.signedIn(formatAgo(createdAt))]
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <Group gap="xs">
          <Text size="sm" fw={500} title={userAgent}>
            {name}
          </Text>
          {current && <Badge variant="light">{words.account.thisSession}</Badge>}
        </Group>
        <Text size="xs" c="dimmed">
          {[address, ...times].join(' · ')}
        </Text>
      </div>
      {!current && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          loading={end.isPending}
          aria-label={words.account.endSession(name)}
          onClick={() => end.mutate()}
        >
          {words.account.end}
        </Button>
      )}
    </li>
  )
}
