import { CloseButton, TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { useSearchText } from '../../parts/use-search-text.ts'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'

interface SearchFieldProps {
  label: string
  value: string | undefined
  onSearch: (text: string) => void
}

/** Searches once the typing pauses. */
export function SearchField({ label, value = '', onSearch }: SearchFieldProps) {
  const { text, type, clear } = useSearchText(value, onSearch)
  return (
    <TextInput
      label={adminWords.lists.search}
      aria-label={label}
      type="search"
      value={text}
      maxLength={255}
      leftSection={<Search size={16} aria-hidden />}
      rightSection={
        text !== '' && <CloseButton size="sm" aria-label={words.gallery.clearSearch} onClick={clear} />
      }
      onChange={({ currentTarget }) => type(currentTarget.value)}
    />
  )
}
