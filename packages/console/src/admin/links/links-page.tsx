import { Badge, Button, Group, Text } from '@mantine/core'
import type { AdminLink } from '@tintype/sdk'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { client } from '../../app/client.ts'
import { targetLabel } from '../../images/targets.ts'
import { nameOf } from '../../images/tile.ts'
import { ConfirmModal } from '../../parts/confirm-modal.tsx'
import { formatAgo, formatDate } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { FilterBar } from '../parts/filter-bar.tsx'
import { FilterNote } from '../parts/filter-note.tsx'
import { ListView } from '../parts/list-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { RowLink } from '../parts/row-link.tsx'
import { useAction } from '../parts/use-action.ts'
import { useCanChange } from '../parts/use-can-change.ts'
import { useFilters } from '../parts/use-filters.ts'
import { PAGE_SIZE, useList } from '../parts/use-list.ts'
import { UserPicker } from '../parts/user-picker.tsx'

const w = adminWords.links

const COLUMNS: Column<AdminLink>[] = [
  {
    name: 'picture',
    label: w.picture,
    render: ({ image }) => (
      <RowLink href={`/images/${image.id}`} strong>
        {nameOf(image)}
      </RowLink>
    ),
  },
  { name: 'target', label: w.target, render: ({ target }) => targetLabel(target) },
  {
    name: 'owner',
    label: w.owner,
    render: ({ owner }) => <RowLink href={`/users/${owner.id}`}>{owner.username}</RowLink>,
  },
  { name: 'made', label: w.made, render: ({ createdAt }) => formatAgo(createdAt) },
  { name: 'ends', label: w.ends, render: ({ expiresAt }) => formatDate(expiresAt) },
  {
    name: 'limits',
    label: w.limits,
    render: ({ maxUses, hasPassword }) =>
      maxUses === null && !hasPassword ? (
        <Text size="sm" c="dimmed" component="span">
          {adminWords.lists.none}
        </Text>
      ) : (
        <Group gap={6}>
          {hasPassword && <Badge variant="light">{w.password}</Badge>}
          {maxUses !== null && w.uses(maxUses)}
        </Group>
      ),
  },
]

export function LinksPage() {
  const canChange = useCanChange()
  const { filters, set, clear, isFiltered } = useFilters(['owner', 'image'])
  const { owner, image } = filters
  const list = useList(['links', 'list', filters], () =>
    client.admin.links.list({
      limit: PAGE_SIZE,
      ...(owner === undefined ? {} : { owner }),
      ...(image === undefined ? {} : { image }),
    }),
  )
  const [revoked, setRevoked] = useState<AdminLink>()
  const revoke = useAction((link: AdminLink) => client.admin.links.revoke(link.id), {
    done: () => w.revoked,
    onDone: () => setRevoked(undefined),
  })
  const actions: Column<AdminLink> = {
    name: 'revoke',
    label: w.revoke,
    kind: 'action',
    render: (link) => (
      <Button
        size="xs"
        variant="light"
        color="red"
        aria-label={w.revokeOf(nameOf(link.image))}
        onClick={() => setRevoked(link)}
      >
        {w.revoke}
      </Button>
    ),
  }
  return (
    <>
      <PageHead title={adminWords.places.links} />
      <FilterBar>
        <UserPicker label={w.owner} value={owner ?? null} onChange={(id) => set('owner', id)} />
      </FilterBar>
      {image !== undefined && (
        <FilterNote text={w.only(image)} action={w.showAll} onClear={() => set('image', null)} />
      )}
      <ListView
        list={list}
        isFiltered={isFiltered}
        onClearFilters={clear}
        empty={{ icon: Link2, title: w.empty, text: w.emptyText }}
      >
        {(links) => (
          <DataTable
            label={adminWords.places.links}
            columns={canChange ? [...COLUMNS, actions] : COLUMNS}
            items={links}
            keyOf={({ id }) => id}
          />
        )}
      </ListView>
      <ConfirmModal
        isOpen={revoked !== undefined}
        title={w.revokeTitle}
        text={revoked === undefined ? '' : w.revokeText(nameOf(revoked.image), revoked.owner.username)}
        action={w.revoke}
        isBusy={revoke.isPending}
        onConfirm={() => revoked !== undefined && revoke.mutate(revoked)}
        onClose={() => setRevoked(undefined)}
      />
    </>
  )
}
