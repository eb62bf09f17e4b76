import { Loader, Select, type SelectProps } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../../app/client.ts'
import { adminWords } from '../../words/en-admin.ts'

interface UserPickerProps extends Omit<SelectProps, 'data' | 'value' | 'onChange'> {
  /** The id of who is chosen. */
  value?: string | null
  onChange: (id: string | null) => void
}

/** Finds one user of many by name. */
export function UserPicker({ value = null, onChange, ...rest }: UserPickerProps) {
  const [typed, setTyped] = useState('')
  const [text] = useDebouncedValue(typed.trim(), 200)
  const chosen = useQuery({
    queryKey: ['admin', 'users', value],
    queryFn: () => client.admin.users.get(value ?? ''),
    enabled: value !== null,
  })
  const name = value === null ? undefined : chosen.data?.username
  // What is chosen is what the field says: that is no search.
  const q = text === name ? '' : text
  const found = useQuery({
    queryKey: ['admin', 'users', 'picker', q],
    queryFn: () => client.admin.users.list({ limit: 10, ...(q === '' ? {} : { q }) }).page(),
    placeholderData: keepPreviousData,
  })
  const users = found.data?.items ?? []
  const options = [
    ...(value !== null && !users.some(({ id }) => id === value) ? [{ value, label: name ?? value }] : []),
    ...users.map(({ id, username }) => ({ value: id, label: username })),
  ]
  return (
    <Select
      searchable
      clearable
      clearButtonProps={{ 'aria-label': adminWords.lists.clearFilters }}
      placeholder={adminWords.lists.anybody}
      nothingFoundMessage={found.isPending ? undefined : adminWords.lists.nobodyFound}
      {...rest}
      data={options}
      // The server has searched already, in addresses as well.
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      onSearchChange={setTyped}
      rightSection={found.isFetching && typed !== '' ? <Loader size={16} /> : undefined}
    />
  )
}
