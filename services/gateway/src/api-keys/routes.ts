import {
  type ApiKey,
  type ApiKeyOutcome,
  createApiKey,
  type Database,
  deleteApiKey,
  listApiKeys,
} from '@tintype/database'
import { isUuid } from '@tintype/domain'
import {
  type Announcer,
  type Auth,
  errors,
  type HttpServer,
  IdParams,
  makeApiKey,
  NotFound,
  sessionActorOf,
  sessionOnly,
  Unauthorized,
  withDetails,
} from '@tintype/service-kit'
import { type Static, Type } from 'typebox'
import { parseDateTime } from '../date-times.ts'
import { BadExpiry, KeyNameTaken, ScopeNotAllowed, TooManyKeys } from './errors.ts'
import { ApiKeyListSchema, type ApiKeySchema, IssuedApiKeySchema, NewApiKey } from './schemas.ts'

const MAX_KEYS = 50

/** Keys for a person's programs. A key makes no keys: these routes are for people who are signed in. */
export function registerApiKeys(
  app: HttpServer,
  { auth, database, announcer }: { auth: Auth; database: Database; announcer: Announcer },
): void {
  const route = { tags: ['account'], security: sessionOnly }

  app.get(
    '/v1/api-keys',
    {
      onRequest: auth.session,
      schema: {
        ...route,
        summary: 'My API keys, newest first',
        response: { 200: ApiKeyListSchema, ...errors(401, 403, 503) },
      },
    },
    async (request) => {
      const keys = await listApiKeys(database, sessionActorOf(request).user.id)
      return { items: keys.map(representKey) }
    },
  )

  app.post(
    '/v1/api-keys',
    {
      onRequest: auth.session,
      schema: {
        ...route,
        summary: 'Make an API key',
        description:
          'The key is in this answer and nowhere else. It ends when it expires or is deleted, and when its user is disabled or deleted; a change of the password and a logout leave it. `links:write` makes and revokes links; `admin` needs the role at every use.',
        body: NewApiKey,
        response: { 201: IssuedApiKeySchema, ...errors(400, 401, 403, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { user } = sessionActorOf(request)
      const { name, scopes, expiresIn, expiresAt } = request.body
      if (scopes.includes('admin') && user.role === 'user') {
        throw withDetails(new ScopeNotAllowed(), { field: 'scopes' })
      }
      if (expiresIn !== undefined && expiresAt !== undefined) {
        throw withDetails(new BadExpiry('Give expiresIn or expiresAt, not both.'), { field: 'expiresAt' })
      }
      const { key, sha256, hint } = makeApiKey()
      const made = await createApiKey(
        database,
        {
          userId: user.id,
          name,
          scopes,
          secretSha256: sha256,
          hint,
          expiresInSeconds: expiresIn,
          expiresAt: expiresAt === undefined ? undefined : parseExpiry(expiresAt),
        },
        MAX_KEYS,
      )
      if (made.outcome !== 'created') throw refusal(made)
      reply.code(201).header('cache-control', 'no-store')
      return { ...representKey(made.key), key }
    },
  )

  app.delete(
    '/v1/api-keys/:id',
    {
      onRequest: auth.session,
      schema: {
        ...route,
        summary: 'End an API key, at once',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id: keyId } = request.params
      const userId = sessionActorOf(request).user.id
      if (!isUuid(keyId) || !(await deleteApiKey(database, { userId, keyId }))) throw new NotFound()
      announcer.accessChanged(userId)
      return reply.code(204).send(null)
    },
  )
}

function parseExpiry(text: string): Date {
  const date = parseDateTime(text)
  if (date !== undefined) return date
  throw withDetails(new BadExpiry('expiresAt is no time to come.'), { field: 'expiresAt' })
}

function representKey({ createdAt, expiresAt, lastUsedAt, ...key }: ApiKey): Static<typeof ApiKeySchema> {
  return {
    ...key,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}

function refusal({ outcome }: Exclude<ApiKeyOutcome, { outcome: 'created' }>): Error {
  switch (outcome) {
    case 'name-taken':
      return withDetails(new KeyNameTaken(), { field: 'name' })
    case 'too-many':
      return new TooManyKeys(MAX_KEYS)
    case 'already-expired':
      return withDetails(new BadExpiry('expiresAt is no time to come.'), { field: 'expiresAt' })
    case 'user-gone':
      return new Unauthorized()
  }
}
