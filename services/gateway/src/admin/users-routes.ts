import {
  createUser,
  type Database,
  findDefaultTier,
  findTier,
  findUser,
  listUsers,
  setPassword,
  type User,
  type UserOutcome,
  updateUser,
} from '@tintype/database'
import { isUuid, type Role, type Tier } from '@tintype/domain'
import {
  type Announcer,
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  hashPassword,
  IdParams,
  NotFound,
  SessionNeeded,
  withDetails,
} from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { WeakPassword } from '../auth/errors.ts'
import { passwordProblem } from '../auth/passwords.ts'
import { representUser } from '../me/representation.ts'
import { UserSchema } from '../me/schemas.ts'
import type { AdminUrls } from './admin-urls.ts'
import { auditActorOf } from './audit-actor.ts'
import { EmailTaken, LastAdmin, OwnPassword, UnknownTier, UsernameTaken } from './errors.ts'
import { readPage } from './paging.ts'
import { NewPassword, NewUser, UserChanges, UserListQuery, UserListSchema } from './schemas.ts'

export interface AdminUsersDependencies {
  auth: Auth
  database: Database
  announcer: Announcer
  urls: AdminUrls
  passwordMinLength: number
}

/** Users, for administrators. */
export function registerAdminUsers(app: HttpServer, dependencies: AdminUsersDependencies): void {
  const { auth, database, announcer, urls, passwordMinLength } = dependencies
  const route = { tags: ['admin'], security: bearer }

  app.get(
    '/users',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'Users, newest first',
        querystring: UserListQuery,
        response: { 200: UserListSchema, ...errors(400, 401, 403, 503) },
      },
    },
    async (request) => {
      const { q, tier, role, disabled } = request.query
      const tierId = tier === undefined ? undefined : (await namedTier(tier)).id
      const { items, nextCursor } = await readPage(request.query, (page) =>
        listUsers(database, { ...page, text: q, tierId, role, disabled }),
      )
      return { items: items.map(representUser), nextCursor }
    },
  )

  app.post(
    '/users',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Make a user',
        description: 'One whose role is not `user` needs a session: no API key makes them.',
        body: NewUser,
        response: { 201: UserSchema, ...errors(400, 401, 403, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { username, email, password, tier, role = 'user' } = request.body
      if (role !== 'user') requireSession(request, 'role')
      checkPassword(password, { username, email })
      const { id: tierId } = tier === undefined ? await findDefaultTier(database) : await namedTier(tier)
      const passwordHash = await hashPassword(password)
      const user = saved(
        await createUser(database, { username, email, passwordHash, role, tierId }, auditActorOf(request)),
      )
      return reply.code(201).header('location', urls.user(user.id)).send(representUser(user))
    },
  )

  app.get(
    '/users/:id',
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
    '/users/:id',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Change a user’s tier, role or address, disable or enable them',
        description: 'Acts at the user’s next request. Roles are given and taken by a session alone.',
        params: IdParams,
        body: UserChanges,
        response: { 200: UserSchema, ...errors(400, 401, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      if (!isUuid(id)) throw new NotFound()
      const { tier, role, disabled, email } = request.body
      if (role !== undefined && (await isPrivileged(role, id))) requireSession(request, 'role')
      const tierId = tier === undefined ? undefined : (await namedTier(tier)).id
      const changes = {
        ...(tierId === undefined ? {} : { tierId }),
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled }),
        ...(email === undefined ? {} : { email }),
      }
      const user = saved(await updateUser(database, id, changes, auditActorOf(request)))
      if (role !== undefined || disabled === true) announcer.accessChanged(id)
      return representUser(user)
    },
  )

  app.post(
    '/users/:id/password',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Give a user another password',
        description:
          'Ends every session of theirs. One’s own is changed with the old one, not here. No API key may do it.',
        params: IdParams,
        body: NewPassword,
        response: { 204: Type.Null(), ...errors(400, 401, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { password } = request.body
      requireSession(request, 'password')
      // An administrator's session that was left open must not become their password.
      if (id === actorOf(request).user.id) throw new OwnPassword()
      const user = isUuid(id) ? await findUser(database, id) : undefined
      if (user === undefined) throw new NotFound()
      checkPassword(password, user)
      const passwordHash = await hashPassword(password)
      if (!(await setPassword(database, { userId: id, passwordHash, by: auditActorOf(request) })))
        throw new NotFound()
      announcer.accessChanged(id)
      return reply.code(204).send(null)
    },
  )

  function checkPassword(
    password: string,
    { username, email }: { username: string; email?: string | null | undefined },
  ): void {
    const problem = passwordProblem(password, { username, email, minLength: passwordMinLength })
    if (problem !== undefined) throw withDetails(new WeakPassword(problem), { field: 'password' })
  }

  /** Whether a user of this id who is given a role has, or gets, rights over others by it. */
  async function isPrivileged(role: Role, id: string): Promise<boolean> {
    return role !== 'user' || ((await findUser(database, id))?.role ?? 'user') !== 'user'
  }

  async function namedTier(nameOrId: string): Promise<Tier> {
    const tier = await findTier(database, nameOrId)
    if (tier === undefined) throw withDetails(new UnknownTier(nameOrId), { field: 'tier' })
    return tier
  }
}

/**
 * What would let whoever has an API key sign in, or have somebody else sign in,
 * as an administrator: a key would be as good as a session.
 *
 * @throws SessionNeeded.
 */
function requireSession(request: FastifyRequest, field: string): void {
  if (actorOf(request).by !== 'session') throw withDetails(new SessionNeeded(), { field })
}

function saved(outcome: UserOutcome): User {
  switch (outcome.outcome) {
    case 'saved':
      return outcome.user
    case 'username-taken':
      throw withDetails(new UsernameTaken(), { field: 'username' })
    case 'email-taken':
      throw withDetails(new EmailTaken(), { field: 'email' })
    case 'unknown-tier':
      throw withDetails(new UnknownTier('that was just deleted'), { field: 'tier' })
    case 'last-admin':
      throw new LastAdmin()
    case 'not-found':
      throw new NotFound()
  }
}
