import { Badge, Button, Group, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { User } from '@tintype/sdk'
import { UserPlus, Users } from 'lucide-react'
import { client } from '../../app/client.ts'
import { formatBytes, formatDate, formatLimit } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { FilterBar } from '../parts/filter-bar.tsx'
import { formatNumber } from '../parts/format-tier.ts'
import { ListView } from '../parts/list-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { useTierChoices } from '../parts/queries.ts'
import { RowLink } from '../parts/row-link.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { useCanChange } from '../parts/use-can-change.ts'
import { choicesOf, oneOf, useFilters } from '../parts/use-filters.ts'
import { PAGE_SIZE, useList } from '../parts/use-list.ts'
import { NewUserModal } from './new-user-modal.tsx'

const w = adminWords.users
const STATES = { false: w.active, true: w.disabled }

const COLUMNS: Column<User>[] = [
  {
    name: 'name',
    label: w.name,
    render: ({ id, username, email, disabled }) => (
      <>
        <Group gap={8}>
          <RowLink href={`/users/${id}`} strong>
            {username}
          </RowLink>
          {disabled && (
            <Badge variant="light" color="red" size="sm">
              {w.disabled}
            </Badge>
          )}
        </Group>
        {email !== null && (
          <Text size="xs" c="dimmed">
            {email}
          </Text>
        )}
      </>
    ),
  },
  { name: 'role', label: w.role, render: ({ role }) => w.roles[role] },
  {
    name: 'tier',
    label: w.tier,
    render: ({ tier }) => <RowLink href={`/tiers/${tier.id}`}>{tier.name}</RowLink>,
  },
  {
    name: 'storage',
    label: w.storage,
    kind: 'number',
    render: ({ usage }) => w.of(formatBytes(usage.bytes), formatLimit(usage.quotaBytes)),
  },
  { name: 'pictures', label: w.pictures, kind: 'number', render: ({ usage }) => formatNumber(usage.images) },
  { name: 'since', label: w.since, render: ({ createdAt }) => formatDate(createdAt) },
]

export function UsersPage() {
  const canChange = useCanChange()
  const [isAdding, adding] = useDisclosure()
  const { filters, set, clear, isFiltered } = useFilters(['q', 'tier', 'role', 'disabled'])
  const { q, tier } = filters
  const role = oneOf(w.roles, filters.role)
  const disabled = oneOf(STATES, filters.disabled)
  const list = useList(['users', 'list', { q, tier, role, disabled }], () =>
    client.admin.users.list({
      limit: PAGE_SIZE,
      ...(q === undefined ? {} : { q }),
      ...(tier === undefined ? {} : { tier }),
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { disabled: disabled === 'true' }),
    }),
  )
  const tiers = useTierChoices()
  return (
    <>
      <PageHead
        title={adminWords.places.users}
        actions={
          canChange && (
            <Button leftSection={<UserPlus size={16} aria-hidden />} onClick={adding.open}>
              {w.new}
            </Button>
          )
        }
      />
      <FilterBar>
        <SearchField label={w.searchLabel} value={q} onSearch={(text) => set('q', text)} />
        <Select
          label={w.tier}
          placeholder={adminWords.lists.any}
          data={tier === undefined || tiers.includes(tier) ? tiers : [...tiers, tier]}
          value={tier ?? null}
          onChange={(value) => set('tier', value)}
          clearable
        />
        <Select
          label={w.role}
          placeholder={adminWords.lists.any}
          data={choicesOf(w.roles)}
          value={role ?? null}
          onChange={(value) => set('role', value)}
          clearable
        />
        <Select
          label={w.state}
          placeholder={adminWords.lists.any}
          data={choicesOf(STATES)}
          value={disabled ?? null}
          onChange={(value) => set('disabled', value)}
          clearable
        />
      </FilterBar>
      <ListView
        list={list}
        isFiltered={isFiltered}
        onClearFilters={clear}
        empty={{ icon: Users, title: w.empty }}
      >
        {(users) => (
          <DataTable label={adminWords.places.users} columns={COLUMNS} items={users} keyOf={({ id }) => id} />
        )}
      </ListView>
      {canChange && <NewUserModal isOpen={isAdding} onClose={adding.close} />}
    </>
  )
}
