import { createClient } from '@tintype/sdk'

/**
 * The API, signed in by cookies that no script reads. Where the administration's
 * part of it was moved to, only its administrator knows (ADMIN_PATH).
 */
export const client = createClient({ baseUrl: location.origin, cookies: true, retry: { retries: 2 } })
