import { useSearchParams } from 'wouter'

export type Filters<Name extends string> = Partial<Record<Name, string>>

/** What a list is narrowed to: in the address, so that it can be kept, sent and come back to. */
export function useFilters<Name extends string>(names: readonly Name[]) {
  const [params, setParams] = useSearchParams()
  const filters: Filters<Name> = {}
  for (const name of names) {
    const value = params.get(name)
    if (value !== null && value !== '') filters[name] = value
  }
  return {
    filters,
    isFiltered: Object.keys(filters).length > 0,
    /** Null takes one away. */
    set(name: Name, value: string | null) {
      setParams(
        (before) => {
          const next = new URLSearchParams(before)
          if (value === null || value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace: true },
      )
    },
    clear: () => setParams({}, { replace: true }),
  }
}

/** The value, where it is one that there is a word for: an address may say anything. */
export function oneOf<Key extends string>(
  words: Record<Key, string>,
  value: string | undefined,
): Key | undefined {
  return value !== undefined && Object.hasOwn(words, value) ? (value as Key) : undefined
}

/** The choices that there is a word for. */
export const choicesOf = (words: Record<string, string>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }))
