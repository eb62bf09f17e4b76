import { MutationCache, QueryCache, QueryClient, useQuery } from '@tanstack/react-query'
import { TintypeError, type User } from '@tintype/sdk'
import { createContext, use, useSyncExternalStore } from 'react'
import { client } from './client.ts'

/** Whether a session that there was has ended: what is on the page stays, under a dialog to sign in. */
const expiry = createFlag()

function createFlag() {
  const listeners = new Set<() => void>()
  let value = false
  return {
    read: () => value,
    set(next: boolean) {
      if (next === value) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export const isUnauthorized = (error: unknown) => error instanceof TintypeError && error.statusCode === 401

/** For what finds out by itself that nobody is signed in any more, as uploads do. */
export function noticeExpiry(error: unknown): void {
  if (isUnauthorized(error) && queryClient.getQueryData(ME.queryKey) !== undefined) expiry.set(true)
}

export const useIsExpired = () => useSyncExternalStore(expiry.subscribe, expiry.read)

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeExpiry }),
  mutationCache: new MutationCache({ onError: noticeExpiry }),
  // The client tries again by itself where that helps.
  defaultOptions: { queries: { retry: false, staleTime: 15_000 }, mutations: { retry: false } },
})

/** Who is signed in. */
const ME = { queryKey: ['me'], queryFn: () => client.me() }

export const useMeQuery = () => useQuery({ ...ME, staleTime: 60_000 })

export async function signIn(username: string, password: string): Promise<void> {
  const before = queryClient.getQueryData<User>(ME.queryKey)
  const { user } = await client.login(username, password)
  // Somebody else's pictures must not stay on the page.
  if (before !== undefined && before.id !== user.id) return location.assign('/')
  queryClient.setQueryData(ME.queryKey, user)
  expiry.set(false)
  await queryClient.invalidateQueries()
}

/** Ends the session here, or all of them. What was on the page goes with it. */
export async function signOut({ everywhere = false } = {}): Promise<void> {
  try {
    if (everywhere) await client.api.POST('/v1/auth/logout-all')
    else await client.logout()
  } catch (error) {
    if (!isUnauthorized(error)) throw error
  }
  location.assign('/')
}

const UserContext = createContext<User | undefined>(undefined)
export const UserProvider = UserContext.Provider

/** Who is signed in. Below the session's gate there is always somebody. */
export function useUser(): User {
  const user = use(UserContext)
  if (user === undefined) throw new Error('nobody is signed in here')
  return user
}

/** Whether the user sees the administration, and whether they change anything in it. */
export const seesAdministration = ({ role }: User) => role === 'admin' || role === 'auditor'
