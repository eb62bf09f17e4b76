import { Anchor, Group, Text } from '@mantine/core'
import { ExternalLink } from 'lucide-react'
import { adminPath } from '../app/client.ts'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { adminWords } from '../words/en-admin.ts'
import { PageHead } from './parts/page-head.tsx'
import { useStats } from './parts/queries.ts'
import classes from './queues-page.module.css'

const ADDRESS = `/${adminPath}/queues`

/**
 * The queues' own dashboard in a frame. Its requests go with the session's
 * cookies, which it does not renew itself: the figures that are asked for
 * meanwhile do.
 */
export function QueuesPage() {
  const { data, error, refetch } = useStats()
  return (
    <>
      <PageHead title={adminWords.places.queues} />
      <Group justify="space-between" mb="sm" gap="xs">
        <Text size="sm" c="dimmed">
          {adminWords.queues.text}
        </Text>
        <Anchor href={ADDRESS} target="_blank" rel="noreferrer" size="sm">
          {adminWords.queues.openAlone} <ExternalLink size={14} aria-hidden style={{ verticalAlign: -2 }} />
        </Anchor>
      </Group>
      {data !== undefined ? (
        <iframe className={classes.frame} src={ADDRESS} title={adminWords.queues.frame} />
      ) : error === null ? (
        <LoadingState />
      ) : (
        <ErrorState error={error} onRetry={refetch} />
      )}
    </>
  )
}
