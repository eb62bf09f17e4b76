import { bodyOf, type CallOptions, type Context, open } from './context.ts'
import { type Download, downloadOf } from './download.ts'
import type { ApiKey, IssuedApiKey, NewApiKey, Session, User } from './types.ts'

/** The devices that one is signed in on. */
export function createSessions({ api }: Context) {
  return {
    list: async (): Promise<Session[]> => (await bodyOf(api.GET('/v1/auth/sessions'))).items,
    end: (id: string): Promise<void> =>
      bodyOf<never>(api.DELETE('/v1/auth/sessions/{id}', { params: { path: { id } } })),
  }
}

export function createApiKeys({ api }: Context) {
  return {
    list: async (): Promise<ApiKey[]> => (await bodyOf(api.GET('/v1/api-keys'))).items,
    /** Its secret is shown this once. */
    create: (body: NewApiKey): Promise<IssuedApiKey> => bodyOf(api.POST('/v1/api-keys', { body })),
    delete: (id: string): Promise<void> =>
      bodyOf<never>(api.DELETE('/v1/api-keys/{id}', { params: { path: { id } } })),
  }
}

/** Who I am, my tier, what I use of it. */
export const readMe = ({ api }: Context): Promise<User> => bodyOf(api.GET('/v1/me'))

/** All that is kept of me, as a Zip. */
export const exportMe = async (context: Context, { signal }: CallOptions = {}): Promise<Download> =>
  downloadOf(await open(context, '/v1/me/export', { signal }))
