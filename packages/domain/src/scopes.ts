/** What an API key may be used for. A session may do all that its user may. */
export const SCOPES = ['images:read', 'images:write', 'links:write', 'webhooks', 'admin'] as const
export type Scope = (typeof SCOPES)[number]
