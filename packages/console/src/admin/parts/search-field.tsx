import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'

interface SearchFieldProps {
  label: string
  value: string | undefined
  onSearch: (text: string | null) => void
}

/** Searches once the typing pauses. Made anew (by its key) it shows what the address says. */
export function SearchField({ label, value = '', onSearch }: SearchFieldProps) {
  const [typed, setTyped] = useState(value)
  const search = useDebouncedCallback((text: string) => onSearch(text.trim()), 250)
  return (
    <TextInput
      label={adminWords.lists.search}
      aria-label={label}
      type="search"
      value={typed}
      maxLength={255}
      leftSection={<Search size={16} aria-hidden />}
      rightSection={
        typed !== '' && (
          <CloseButton
            size="sm"
            aria-label={words.gallery.clearSearch}
            onClick={() => {
              setTyped('')
              search.cancel()
              onSearch(null)
            }}
          />
        )
      }
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        search(currentTarget.value)
      }}
    />
  )
}
