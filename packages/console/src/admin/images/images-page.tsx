import { Button, Select, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { AdminImageSummary } from '@tintype/sdk'
import { Images, RotateCcw } from 'lucide-react'
import { client } from '../../app/client.ts'
import { nameOf } from '../../images/tile.ts'
import { ConfirmModal } from '../../parts/confirm-modal.tsx'
import { formatAgo, formatBytes } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { FilterBar } from '../parts/filter-bar.tsx'
import { ListView } from '../parts/list-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { RowLink } from '../parts/row-link.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { useAction } from '../parts/use-action.ts'
import { useCanChange } from '../parts/use-can-change.ts'
import { choicesOf, oneOf, useFilters } from '../parts/use-filters.ts'
import { PAGE_SIZE, useList } from '../parts/use-list.ts'
import { UserPicker } from '../parts/user-picker.tsx'
import { RetryButton } from './retry-button.tsx'

const w = adminWords.images

const COLUMNS: Column<AdminImageSummary>[] = [
  {
    name: 'picture',
    label: w.picture,
    render: ({ id, ...names }) => (
      <>
        <RowLink href={`/images/${id}`} strong>
          {nameOf(names)}
        </RowLink>
        {names.filename !== nameOf(names) && (
          <Text size="xs" c="dimmed">
            {names.filename}
          </Text>
        )}
      </>
    ),
  },
  {
    name: 'owner',
    label: w.owner,
    render: ({ owner }) => <RowLink href={`/users/${owner.id}`}>{owner.username}</RowLink>,
  },
  {
    name: 'state',
    label: w.state,
    render: ({ state, error }) => (
      <>
        <StateBadge state={state} />
        {error !== undefined && (
          <Text size="xs" c="dimmed" mt={4}>
            {error.message}
          </Text>
        )}
      </>
    ),
  },
  {
    name: 'size',
    label: w.size,
    kind: 'number',
    render: ({ width, height, bytes }) => (
      <>
        {w.dimensions(width, height)}
        <Text size="xs" c="dimmed">
          {formatBytes(bytes)}
        </Text>
      </>
    ),
  },
  { name: 'uploaded', label: w.uploaded, render: ({ uploadedAt }) => formatAgo(uploadedAt) },
]

const ACTIONS: Column<AdminImageSummary> = {
  name: 'actions',
  label: w.retry,
  kind: 'action',
  render: (image) => image.state === 'failed' && <RetryButton image={image} size="xs" />,
}

export function ImagesPage() {
  const canChange = useCanChange()
  const { filters, set, clear, isFiltered } = useFilters(['q', 'owner', 'state'])
  const { q, owner } = filters
  const state = oneOf(w.states, filters.state)
  const list = useList(['images', 'list', { q, owner, state }], () =>
    client.admin.images.list({
      limit: PAGE_SIZE,
      ...(q === undefined ? {} : { q }),
      ...(owner === undefined ? {} : { owner }),
      ...(state === undefined ? {} : { state }),
    }),
  )
  return (
    <>
      <PageHead title={adminWords.places.images} actions={canChange && <RetryAll />} />
      <FilterBar>
        <SearchField label={w.searchLabel} value={q} onSearch={(text) => set('q', text)} />
        <UserPicker label={w.owner} value={owner ?? null} onChange={(id) => set('owner', id)} />
        <Select
          label={w.state}
          placeholder={adminWords.lists.any}
          data={choicesOf(w.states)}
          value={state ?? null}
          onChange={(value) => set('state', value)}
          clearable
        />
      </FilterBar>
      <ListView
        list={list}
        isFiltered={isFiltered}
        onClearFilters={clear}
        empty={{ icon: Images, title: w.empty }}
      >
        {(images) => (
          <DataTable
            label={adminWords.places.images}
            columns={canChange ? [...COLUMNS, ACTIONS] : COLUMNS}
            items={images}
            keyOf={({ id }) => id}
          />
        )}
      </ListView>
    </>
  )
}

function RetryAll() {
  const [isAsking, asking] = useDisclosure()
  const retryAll = useAction(() => client.admin.images.retryAll(), {
    done: ({ retried, more }) => w.retriedAll(retried.length, more),
    onDone: asking.close,
  })
  return (
    <>
      <Button variant="default" leftSection={<RotateCcw size={16} aria-hidden />} onClick={asking.open}>
        {w.retryAll}
      </Button>
      <ConfirmModal
        isOpen={isAsking}
        title={w.retryAllTitle}
        text={w.retryAllText}
        action={w.retryAll}
        isBusy={retryAll.isPending}
        onConfirm={() => retryAll.mutate()}
        onClose={asking.close}
      />
    </>
  )
}
