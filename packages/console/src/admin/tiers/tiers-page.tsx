import { Badge, Button, Group } from '@mantine/core'
import type { TierWithUsers } from '@tintype/sdk'
import { Plus } from 'lucide-react'
import { Link } from 'wouter'
import { ErrorState } from '../../parts/error-state.tsx'
import { formatLimit } from '../../parts/format.ts'
import { LoadingState } from '../../parts/loading-state.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { formatNumber, summarizeTier } from '../parts/format-tier.ts'
import { PageHead } from '../parts/page-head.tsx'
import { useTiers } from '../parts/queries.ts'
import { RowLink } from '../parts/row-link.tsx'
import { useCanChange } from '../parts/use-can-change.ts'

const w = adminWords.tiers

const COLUMNS: Column<TierWithUsers>[] = [
  {
    name: 'tier',
    label: w.tier,
    render: ({ id, name, isDefault }) => (
      <Group gap={8}>
        <RowLink href={`/tiers/${id}`} strong>
          {name}
        </RowLink>
        {isDefault && (
          <Badge variant="light" size="sm">
            {w.default}
          </Badge>
        )}
      </Group>
    ),
  },
  { name: 'grants', label: w.grants, render: summarizeTier },
  {
    name: 'file',
    label: w.fields.maxUploadBytes,
    kind: 'number',
    render: (tier) => formatLimit(tier.maxUploadBytes),
  },
  { name: 'quota', label: w.quota, kind: 'number', render: (tier) => formatLimit(tier.quotaBytes) },
  { name: 'users', label: w.users, kind: 'number', render: ({ users }) => formatNumber(users) },
]

export function TiersPage() {
  const canChange = useCanChange()
  const { data, error, refetch } = useTiers()
  return (
    <>
      <PageHead
        title={adminWords.places.tiers}
        actions={
          canChange && (
            <Button component={Link} href="/tiers/new" leftSection={<Plus size={16} aria-hidden />}>
              {w.new}
            </Button>
          )
        }
      />
      {data !== undefined ? (
        <DataTable label={adminWords.places.tiers} columns={COLUMNS} items={data} keyOf={({ id }) => id} />
      ) : error === null ? (
        <LoadingState />
      ) : (
        <ErrorState error={error} onRetry={refetch} />
      )}
    </>
  )
}
