import { MutationCache, QueryCache, QueryClient, useQuery } from '@tanstack/react-query'
import { TintypeError, type User } from '@tintype/sdk'
import { createContext, use } from 'react'
import { createStore, useStore } from '../parts/store.ts'
import { client } from './client.ts'

/** Whether a session that there was has ended: what is on the page stays, under a dialog to sign in. */
const expiry = createStore(false)

// What is open beneath the dialog stays open. Heard before any of the page's own listeners, which come later.
window.addEventListener(
  'keydown',
  (event) => {
    if (event.key === 'Escape' && expiry.read()) event.stopImmediatePropagation()
  },
  { capture: true },
)

export const isUnauthorized = (error: unknown) => error instanceof TintypeError && error.statusCode === 401

/** For what finds out by itself that nobody is signed in any more, as uploads do. */
export function noticeExpiry(error: unknown): void {
  if (isUnauthorized(error) && queryClient.getQueryData(ME.queryKey) !== undefined) expiry.set(true)
}

export const useIsExpired = () => useStore(expiry)

/** For what waits until somebody is signed in again. */
export function untilSignedIn(): Promise<void> {
  return new Promise((resolve) => {
    if (!expiry.read()) return resolve()
    const stop = expiry.subscribe(() => {
      stop()
      resolve()
    })
  })
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeExpiry }),
  mutationCache: new MutationCache({ onError: noticeExpiry }),
  // The client tries again by itself where that helps.
  defaultOptions: { queries: { retry: false, staleTime: 15_000 }, mutations: { retry: false } },
})

/** Who is signed in. */
const ME = { queryKey: ['me'], queryFn: () => client.me() }

/** Asked again now and then: an administrator may have given another tier, or changed it. */
export const useMeQuery = () => useQuery({ ...ME, staleTime: 15_000, refetchInterval: 30_000 })

export async function signIn(username: string, password: string): Promise<void> {
  const before = queryClient.getQueryData<User>(ME.queryKey)
  const { user } = await client.login(username, password)
  // Somebody else's pictures must not stay on the page.
  if (before !== undefined && before.id !== user.id) return location.assign('/')
  queryClient.setQueryData(ME.queryKey, user)
  expiry.set(false)
  // The gallery's pages are told of changes by events; all of them would be asked for anew.
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'gallery' })
  void queryClient.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' })
}

/** Ends the session here, or all of them. What was on the page goes with it. */
export async function signOut({ everywhere = false } = {}): Promise<void> {
  try {
    if (everywhere) await client.logoutAll()
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
