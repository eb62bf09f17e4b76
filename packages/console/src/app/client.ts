import { createClient } from '@tintype/sdk'

const ADMIN_PATH_KEY = 'tintype.adminPath'

/** Where the administration's part of the API is: the server's ADMIN_PATH, which it tells nobody. */
export const adminPath = localStorage.getItem(ADMIN_PATH_KEY) ?? 'admin'

/** Known from the next load of the page on. */
export function rememberAdminPath(path: string): void {
  localStorage.setItem(ADMIN_PATH_KEY, path)
}

/** The API, signed in by cookies that no script reads. */
export const client = createClient({
  baseUrl: location.origin,
  cookies: true,
  adminPath,
  retry: { retries: 2 },
})
