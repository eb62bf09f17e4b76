/** Where administration is unless `ADMIN_PATH` moves it. */
export const DEFAULT_ADMIN_PATH = 'admin'

/** Absolute addresses of what administrators see. */
export interface AdminUrls {
  user(id: string): string
}

export function createAdminUrls(publicUrl: () => string, adminPath: string): AdminUrls {
  return { user: (id) => `${publicUrl()}/v1/${adminPath}/users/${id}` }
}
