import { SimpleGrid, Stack, Text } from '@mantine/core'
import type { Stats } from '@tintype/sdk'
import { ErrorState } from '../parts/error-state.tsx'
import { formatBytes } from '../parts/format.ts'
import { LoadingState } from '../parts/loading-state.tsx'
import { Section } from '../parts/section.tsx'
import { adminWords } from '../words/en-admin.ts'
import { type Column, DataTable } from './parts/data-table.tsx'
import { Figure } from './parts/figure.tsx'
import { formatAge } from './parts/format-age.ts'
import { formatNumber } from './parts/format-tier.ts'
import { PageHead } from './parts/page-head.tsx'
import { useStats } from './parts/queries.ts'
import { RowLink } from './parts/row-link.tsx'

const w = adminWords.overview

export function OverviewPage() {
  const { data: stats, error, refetch } = useStats()
  if (stats === undefined) {
    return error === null ? <LoadingState /> : <ErrorState error={error} onRetry={refetch} />
  }
  const { images, uploads, renditions, users } = stats
  return (
    <>
      <PageHead title={adminWords.places.overview} />
      <Stack>
        <SimpleGrid cols={{ base: 2, md: 3 }} spacing={{ base: 'xs', sm: 'md' }}>
          <Figure
            label={w.uploads}
            value={formatNumber(uploads.lastHour)}
            more={w.uploadsDay(uploads.lastDay)}
          />
          <Figure
            label={w.waiting}
            value={formatNumber(images.pending)}
            more={images.pending === 0 ? w.nothingWaits : w.oldest(formatAge(stats.oldestPendingSeconds))}
            href="/images?state=pending"
          />
          <Figure
            label={w.failed}
            value={formatNumber(images.failed)}
            more={renditions.failed === 0 ? undefined : w.failedRenditions(renditions.failed)}
            isBad={images.failed > 0}
            href="/images?state=failed"
          />
          <Figure
            label={w.storage}
            value={formatBytes(stats.bytes)}
            more={w.images(images.ready, stats.estimated)}
          />
          <Figure
            label={w.users}
            value={formatNumber(users.total)}
            more={w.disabled(users.disabled)}
            href="/users"
          />
          <WorkersFigure stats={stats} />
        </SimpleGrid>
        {stats.queues !== undefined && <QueuesSection queues={stats.queues} />}
        <FailuresSection failures={stats.failures} />
      </Stack>
    </>
  )
}

function WorkersFigure({ stats: { queues } }: { stats: Stats }) {
  if (queues === undefined) return <Figure label={w.workers} value="?" more={w.workersUnknown} isBad />
  // Each worker takes jobs of every queue.
  const alive = Math.max(0, ...Object.values(queues).map(({ workers }) => workers))
  return (
    <Figure
      label={w.workers}
      value={formatNumber(alive)}
      more={alive === 0 ? w.workersGone : w.workersFine}
      isBad={alive === 0}
    />
  )
}

type Queue = [name: string, figures: NonNullable<Stats['queues']>[string]]

const QUEUE_COLUMNS: Column<Queue>[] = [
  { name: 'name', label: w.queue, render: ([name]) => w.queueNames[name] ?? name },
  {
    name: 'waiting',
    label: w.jobs.waiting,
    kind: 'number',
    render: ([, { waiting = 0, prioritized = 0 }]) => formatNumber(waiting + prioritized),
  },
  {
    name: 'oldest',
    label: w.jobs.oldest,
    kind: 'number',
    render: ([, figures]) => formatAge(figures.oldestWaitingSeconds),
  },
  {
    name: 'active',
    label: w.jobs.active,
    kind: 'number',
    render: ([, { active = 0 }]) => formatNumber(active),
  },
  {
    name: 'delayed',
    label: w.jobs.delayed,
    kind: 'number',
    render: ([, { delayed = 0 }]) => formatNumber(delayed),
  },
  {
    name: 'failed',
    label: w.jobs.failed,
    kind: 'number',
    render: ([, { failed = 0 }]) => formatNumber(failed),
  },
  {
    name: 'workers',
    label: w.jobs.workers,
    kind: 'number',
    render: ([, { workers }]) => formatNumber(workers),
  },
]

function QueuesSection({ queues }: { queues: NonNullable<Stats['queues']> }) {
  return (
    <Section title={w.queues}>
      <DataTable
        label={w.queues}
        columns={QUEUE_COLUMNS}
        items={Object.entries(queues)}
        keyOf={([name]) => name}
      />
    </Section>
  )
}

const FAILURE_COLUMNS: Column<Stats['failures'][number]>[] = [
  { name: 'reason', label: w.reason, render: ({ message }) => message },
  { name: 'images', label: w.pictures, kind: 'number', render: ({ images }) => formatNumber(images) },
]

function FailuresSection({ failures }: { failures: Stats['failures'] }) {
  return (
    <Section title={w.failures}>
      {failures.length === 0 ? (
        <Text size="sm" c="dimmed">
          {w.noFailures}
        </Text>
      ) : (
        <>
          <DataTable
            label={w.failures}
            columns={FAILURE_COLUMNS}
            items={failures}
            keyOf={({ code }) => code}
          />
          <Text size="sm" mt="sm">
            <RowLink href="/images?state=failed">{w.showFailed}</RowLink>
          </Text>
        </>
      )}
    </Section>
  )
}
