import type { paths, QueryOf } from '@tintype/sdk'

export type { AuditEntry, Tier, User } from '@tintype/sdk'

/** What the lists of the administration can be narrowed to. */
export type UserQuery = QueryOf<paths['/v1/admin/users']['get']>
export type ImageQuery = QueryOf<paths['/v1/admin/images']['get']>
export type AuditQuery = QueryOf<paths['/v1/admin/audit']['get']>
