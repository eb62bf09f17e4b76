import { Select, TextInput } from '@mantine/core'
import { ScrollText } from 'lucide-react'
import { client } from '../../app/client.ts'
import { adminWords } from '../../words/en-admin.ts'
import { FilterBar } from '../parts/filter-bar.tsx'
import { FilterNote } from '../parts/filter-note.tsx'
import { ListView } from '../parts/list-view.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { choicesOf, oneOf, useFilters } from '../parts/use-filters.ts'
import { PAGE_SIZE, useList } from '../parts/use-list.ts'
import { UserPicker } from '../parts/user-picker.tsx'
import { AuditEntries } from './audit-entries.tsx'

const w = adminWords.audit

export function AuditPage() {
  const { filters, set, clear, isFiltered } = useFilters(['actor', 'subject', 'action', 'from', 'to'])
  const { actor, subject, from, to } = filters
  const action = oneOf(w.actionNames, filters.action)
  const list = useList(['audit', { ...filters, action }], () =>
    client.admin.audit.list({
      limit: PAGE_SIZE,
      ...(actor === undefined ? {} : { actor }),
      ...(subject === undefined ? {} : { subject }),
      ...(action === undefined ? {} : { action }),
      ...(from === undefined ? {} : { from: startOf(from) }),
      ...(to === undefined ? {} : { to: endOf(to) }),
    }),
  )
  const day = (name: 'from' | 'to') => (
    <TextInput
      type="date"
      label={w[name]}
      value={filters[name] ?? ''}
      onChange={({ currentTarget }) => set(name, currentTarget.value)}
    />
  )
  return (
    <>
      <PageHead title={adminWords.places.audit} />
      <FilterBar>
        <UserPicker label={w.actor} value={actor ?? null} onChange={(id) => set('actor', id)} />
        <Select
          label={w.action}
          placeholder={adminWords.lists.any}
          data={choicesOf(w.actionNames)}
          value={action ?? null}
          onChange={(value) => set('action', value)}
          clearable
        />
        {day('from')}
        {day('to')}
      </FilterBar>
      {subject !== undefined && (
        <FilterNote text={w.only(subject)} action={w.showAll} onClear={() => set('subject', null)} />
      )}
      <ListView
        list={list}
        isFiltered={isFiltered}
        onClearFilters={clear}
        empty={{ icon: ScrollText, title: w.empty, text: w.emptyText }}
      >
        {(entries) => <AuditEntries entries={entries} />}
      </ListView>
    </>
  )
}

/** Days are those of who looks. */
const startOf = (day: string) => new Date(`${day}T00:00:00`).toISOString()
const endOf = (day: string) => new Date(`${day}T23:59:59.999`).toISOString()
