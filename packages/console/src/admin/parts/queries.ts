import { type QueryClient, useQuery } from '@tanstack/react-query'
import { client } from '../../app/client.ts'

/** How often what goes on by itself is looked at again, in milliseconds. */
const REFRESH_MS = 5000

/** How much there is of everything, kept fresh while somebody looks. */
export const useStats = () =>
  useQuery({ queryKey: ['admin', 'stats'], queryFn: () => client.admin.stats(), refetchInterval: REFRESH_MS })

export const useTiers = () =>
  useQuery({ queryKey: ['admin', 'tiers'], queryFn: () => client.admin.tiers.list() })

/** Tiers to choose from, by their names, which are what people know them by. */
export function useTierChoices(): string[] {
  return (useTiers().data ?? []).map(({ name }) => name)
}

/** Has shown what a change led to, which may be about oneself. */
export async function refreshAfterChange(queries: QueryClient): Promise<void> {
  await Promise.all([['admin'], ['me']].map((queryKey) => queries.invalidateQueries({ queryKey })))
}
