import { Paper, Progress, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Tier } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { formatAgo } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'

const w = adminWords.tiers

/** How often a run that goes on is looked at, in milliseconds. */
const REFRESH_MS = 1000

/** How far what the last edit gained the tier's users is asked for, as it goes on. */
export function ReconcileProgress({ tier }: { tier: Tier }) {
  const { data } = useQuery({
    // Another edit may begin another run.
    queryKey: ['admin', 'tiers', tier.id, 'reconcile', tier.version],
    queryFn: () => client.admin.tiers.reconcile(tier.id),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? REFRESH_MS : false),
  })
  if (data === undefined || data.state === 'none') return null
  const { imagesDone, imagesTotal, finishedAt } = data
  if (finishedAt !== undefined) {
    return (
      <Text size="sm" c="dimmed" role="status">
        {w.reconciled(imagesDone, formatAgo(finishedAt))}
      </Text>
    )
  }
  const text = w.reconcileProgress(imagesDone, imagesTotal)
  return (
    <Paper withBorder p="md">
      <Text size="sm" fw={600} mb={6}>
        {w.reconcile}
      </Text>
      <Progress.Root size="md">
        <Progress.Section
          value={imagesTotal === 0 ? 0 : (imagesDone / imagesTotal) * 100}
          aria-label={w.reconcile}
          aria-valuetext={text}
          animated
        />
      </Progress.Root>
      <Text size="xs" c="dimmed" mt={6}>
        {text}
      </Text>
    </Paper>
  )
}
