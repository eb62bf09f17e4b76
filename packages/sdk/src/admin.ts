import type { paths } from './api.ts'
import { bodyOf, type CallOptions, type Context } from './context.ts'
import { type Download, downloadOf } from './download.ts'
import { toError } from './errors.ts'
import { createPages } from './pages.ts'
import type {
  AdminImage,
  NewTier,
  NewUser,
  QueryOf,
  Reconcile,
  Stats,
  Tier,
  TierChanges,
  TierPreview,
  TierWithUsers,
  User,
  UserChanges,
  Verification,
} from './types.ts'

type Filter<Path extends keyof paths> = Omit<QueryOf<paths[Path]['get']>, 'cursor'>

/** What administrators see and do. Auditors see all of it and do none. */
export function createAdmin({ api }: Context) {
  const one = (id: string) => ({ params: { path: { id } } })
  const users = {
    list: (filter: Filter<'/v1/admin/users'> = {}) =>
      createPages((cursor) =>
        bodyOf(api.GET('/v1/admin/users', { params: { query: { ...filter, ...cursor } } })),
      ),
    get: (id: string): Promise<User> => bodyOf(api.GET('/v1/admin/users/{id}', one(id))),
    create: (body: NewUser): Promise<User> => bodyOf(api.POST('/v1/admin/users', { body })),
    update: (id: string, body: UserChanges): Promise<User> =>
      bodyOf(api.PATCH('/v1/admin/users/{id}', { ...one(id), body })),
    setPassword: (id: string, password: string): Promise<void> =>
      bodyOf<never>(api.POST('/v1/admin/users/{id}/password', { ...one(id), body: { password } })),
    delete: (id: string): Promise<void> => bodyOf<never>(api.DELETE('/v1/admin/users/{id}', one(id))),
    /** All that is kept of them, as a Zip. */
    export: async (id: string, { signal }: CallOptions = {}): Promise<Download> => {
      const asked = { ...one(id), parseAs: 'stream' as const, ...(signal === undefined ? {} : { signal }) }
      const { response, error } = await api.GET('/v1/admin/users/{id}/export', asked)
      if (!response.ok) throw toError(response, error)
      return downloadOf(response)
    },
  }
  const tiers = {
    list: async (): Promise<TierWithUsers[]> => (await bodyOf(api.GET('/v1/admin/tiers'))).items,
    get: (id: string): Promise<Tier> => bodyOf(api.GET('/v1/admin/tiers/{id}', one(id))),
    create: (body: NewTier): Promise<Tier> => bodyOf(api.POST('/v1/admin/tiers', { body })),
    update: (id: string, body: TierChanges): Promise<Tier> =>
      bodyOf(api.PATCH('/v1/admin/tiers/{id}', { ...one(id), body })),
    /** What such an edit would do; nothing is changed. */
    preview: (id: string, body: TierChanges): Promise<TierPreview> =>
      bodyOf(api.POST('/v1/admin/tiers/{id}/preview', { ...one(id), body })),
    /** One that is in use is deleted only by moving its users to another. */
    delete: (id: string, query: { moveTo?: string } = {}): Promise<void> =>
      bodyOf<never>(api.DELETE('/v1/admin/tiers/{id}', { params: { path: { id }, query } })),
    /** How far what an edit gained its users is made. */
    reconcile: (id: string): Promise<Reconcile> => bodyOf(api.GET('/v1/admin/tiers/{id}/reconcile', one(id))),
  }
  const images = {
    list: (filter: Filter<'/v1/admin/images'> = {}) =>
      createPages((cursor) =>
        bodyOf(api.GET('/v1/admin/images', { params: { query: { ...filter, ...cursor } } })),
      ),
    get: (id: string): Promise<AdminImage> => bodyOf(api.GET('/v1/admin/images/{id}', one(id))),
    transfer: (id: string, owner: string): Promise<AdminImage> =>
      bodyOf(api.PATCH('/v1/admin/images/{id}', { ...one(id), body: { owner } })),
    delete: (id: string): Promise<void> => bodyOf<never>(api.DELETE('/v1/admin/images/{id}', one(id))),
    retry: (id: string): Promise<AdminImage> => bodyOf(api.POST('/v1/admin/images/{id}/retry', one(id))),
    /** Has the oldest thousand that failed tried again. */
    retryAll: () => bodyOf(api.POST('/v1/admin/images/retry', { body: { all: true } })),
  }
  const links = {
    list: (filter: Filter<'/v1/admin/links'> = {}) =>
      createPages((cursor) =>
        bodyOf(api.GET('/v1/admin/links', { params: { query: { ...filter, ...cursor } } })),
      ),
    revoke: (id: string): Promise<void> => bodyOf<never>(api.DELETE('/v1/admin/links/{id}', one(id))),
  }
  const audit = {
    list: (filter: Filter<'/v1/admin/audit'> = {}) =>
      createPages((cursor) =>
        bodyOf(api.GET('/v1/admin/audit', { params: { query: { ...filter, ...cursor } } })),
      ),
  }
  const verifications = {
    /** Begins to compare all pictures with what is in the store, unless that is being done. */
    start: (wishes: { hash?: boolean; repair?: boolean } = {}): Promise<Verification> =>
      bodyOf(api.POST('/v1/admin/verifications', { body: { hash: false, repair: false, ...wishes } })),
    list: () =>
      createPages((cursor) => bodyOf(api.GET('/v1/admin/verifications', { params: { query: cursor } }))),
    get: (id: string): Promise<Verification> => bodyOf(api.GET('/v1/admin/verifications/{id}', one(id))),
    findings: (id: string) =>
      createPages((cursor) =>
        bodyOf(
          api.GET('/v1/admin/verifications/{id}/findings', {
            params: { path: { id }, query: { limit: 100, ...cursor } },
          }),
        ),
      ),
    stop: (id: string): Promise<void> => bodyOf<never>(api.DELETE('/v1/admin/verifications/{id}', one(id))),
  }
  return {
    users,
    tiers,
    images,
    links,
    audit,
    verifications,
    stats: (): Promise<Stats> => bodyOf(api.GET('/v1/admin/stats')),
  }
}
