import {
  createUser,
  type Database,
  findDefaultTier,
  findTier,
  findUser,
  type User,
  type UserOutcome,
  updateUser,
} from '@tintype/database'
import { isUuid, type Tier } from '@tintype/domain'
import {
  type Auth,
  bearer,
  errors,
  type HttpServer,
  hashPassword,
  IdParams,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { WeakPassword } from '../auth/errors.ts'
import { passwordProblem } from '../auth/passwords.ts'
import type { Urls } from '../images/representation.ts'
import { representUser } from '../me/representation.ts'
import { UserSchema } from '../me/schemas.ts'
import { EmailTaken, LastAdmin, UnknownTier, UsernameTaken } from './errors.ts'
import { NewUser, UserChanges } from './schemas.ts'

export interface AdminUsersDependencies {
  auth: Auth
  database: Database
  urls: Urls
  passwordMinLength: number
}

/** Users, for administrators. */
export function registerAdminUsers(app: HttpServer, dependencies: AdminUsersDependencies): void {
  const { auth, database, urls, passwordMinLength } = dependencies
  const route = { tags: ['admin'], security: bearer }

  app.post(
    '/v1/admin/users',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Make a user',
        body: NewUser,
        response: { 201: UserSchema, ...errors(400, 401, 403, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { username, email, password, tier, role = 'user' } = request.body
      const problem = passwordProblem(password, { username, email, minLength: passwordMinLength })
      if (problem !== undefined) throw withDetails(new WeakPassword(problem), { field: 'password' })
      const { id: tierId } = tier === undefined ? await findDefaultTier(database) : await namedTier(tier)
      const passwordHash = await hashPassword(password)
      const user = saved(await createUser(database, { username, email, passwordHash, role, tierId }))
      return reply.code(201).header('location', urls.user(user.id)).send(representUser(user))
    },
  )

  app.get(
    '/v1/admin/users/:id',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'One user',
        params: IdParams,
        response: { 200: UserSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const user = isUuid(id) ? await findUser(database, id) : undefined
      if (user === undefined) throw new NotFound()
      return representUser(user)
    },
  )

  app.patch(
    '/v1/admin/users/:id',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Change a user’s tier or role, disable or enable them',
        description: 'Acts at the user’s next request.',
        params: IdParams,
        body: UserChanges,
        response: { 200: UserSchema, ...errors(400, 401, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      if (!isUuid(id)) throw new NotFound()
      const { tier, role, disabled } = request.body
      const tierId = tier === undefined ? undefined : (await namedTier(tier)).id
      const outcome = await updateUser(database, id, {
        ...(tierId === undefined ? {} : { tierId }),
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled }),
      })
      return representUser(saved(outcome))
    },
  )

  async function namedTier(nameOrId: string): Promise<Tier> {
    const tier = await findTier(database, nameOrId)
    if (tier === undefined) throw withDetails(new UnknownTier(nameOrId), { field: 'tier' })
    return tier
  }
}

function saved(outcome: UserOutcome): User {
  switch (outcome.outcome) {
    case 'saved':
      return outcome.user
    case 'username-taken':
      throw withDetails(new UsernameTaken(), { field: 'username' })
    case 'email-taken':
      throw withDetails(new EmailTaken(), { field: 'email' })
    case 'last-admin':
      throw new LastAdmin()
    case 'not-found':
      throw new NotFound()
  }
}
