import {
  createWebhook,
  type Database,
  deleteWebhook,
  findWebhook,
  listWebhooks,
  type OwnWebhook,
  rotateWebhookSecret,
  updateWebhook,
  type WebhookOutcome,
} from '@tintype/database'
import { isUuid, uuidv7 } from '@tintype/domain'
import {
  type AddressGuard,
  type Auth,
  actorOf,
  bearer,
  errors,
  Forbidden,
  type HttpServer,
  IdParams,
  NotFound,
  type SecretSealer,
  Unauthorized,
} from '@tintype/service-kit'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { TooManyWebhooks } from './errors.ts'
import { parseReceiverUrl } from './receiver-url.ts'
import { representWebhook } from './representation.ts'
import {
  IssuedWebhookSchema,
  NewWebhookBody,
  RotatedSecretSchema,
  WebhookChangesBody,
  WebhookListSchema,
  WebhookSchema,
} from './schemas.ts'
import { makeWebhookSecret } from './secrets.ts'

const MAX_WEBHOOKS = 10
/** How long a secret that was replaced signs too: receivers take the new one in that time. */
const OVERLAP_SECONDS = 24 * 3600

export interface WebhookRoutesDependencies {
  auth: Auth
  database: Database
  sealer: SecretSealer
  guard: AddressGuard
}

/** @throws NotFound where the path's `id` is none. */
export function ownWebhook(request: FastifyRequest, id: string): OwnWebhook {
  if (!isUuid(id)) throw new NotFound()
  return { userId: actorOf(request).user.id, webhookId: id }
}

/** Who is told of a person's events, at an address of their own. */
export function registerWebhooks(app: HttpServer, dependencies: WebhookRoutesDependencies): void {
  const { auth, database, sealer, guard } = dependencies
  const onRequest = auth.allow('webhooks')
  const route = { tags: ['webhooks'], security: bearer }

  app.post(
    '/v1/webhooks',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Have events sent to an address of yours',
        description:
          'Messages are signed as Standard Webhooks does, with the secret that is in this answer and nowhere else. At most ten a user.',
        body: NewWebhookBody,
        response: { 201: IssuedWebhookSchema, ...errors(400, 401, 403, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { types, description = '' } = request.body
      const url = parseReceiverUrl(request.body.url, guard)
      const [id, secret] = [uuidv7(), makeWebhookSecret()]
      const userId = actorOf(request).user.id
      const fields = { id, userId, url, types, description, secret: sealer.seal(secret, id) }
      const made = await createWebhook(database, fields, MAX_WEBHOOKS)
      if (made.outcome !== 'created') throw refusal(made)
      reply.code(201).header('cache-control', 'no-store')
      return { ...representWebhook(made.webhook), secret }
    },
  )

  app.get(
    '/v1/webhooks',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'My webhooks, newest first',
        response: { 200: WebhookListSchema, ...errors(401, 403, 503) },
      },
    },
    async (request) => ({
      items: (await listWebhooks(database, actorOf(request).user.id)).map(representWebhook),
    }),
  )

  app.get(
    '/v1/webhooks/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'One webhook',
        params: IdParams,
        response: { 200: WebhookSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request) => {
      const webhook = await findWebhook(database, ownWebhook(request, request.params.id))
      if (webhook === undefined) throw new NotFound()
      return representWebhook(webhook)
    },
  )

  app.patch(
    '/v1/webhooks/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Change a webhook, or disable it for a while',
        params: IdParams,
        body: WebhookChangesBody,
        response: { 200: WebhookSchema, ...errors(400, 401, 403, 404, 413, 415, 503) },
      },
    },
    async (request) => {
      const { url, ...changes } = request.body
      const named = ownWebhook(request, request.params.id)
      const webhook = await updateWebhook(database, named, {
        ...changes,
        ...(url === undefined ? {} : { url: parseReceiverUrl(url, guard) }),
      })
      if (webhook === undefined) throw new NotFound()
      return representWebhook(webhook)
    },
  )

  app.delete(
    '/v1/webhooks/:id',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'End a webhook, with what was still to be delivered',
        params: IdParams,
        response: { 204: Type.Null(), ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      if (!(await deleteWebhook(database, ownWebhook(request, request.params.id)))) throw new NotFound()
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/v1/webhooks/:id/rotate-secret',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Give a webhook another secret',
        description:
          'For 24 hours messages are signed with both; of two rotations in that time, with the last two.',
        params: IdParams,
        response: { 200: RotatedSecretSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const named = ownWebhook(request, request.params.id)
      const secret = makeWebhookSecret()
      const previousSecretUntil = await rotateWebhookSecret(database, named, {
        secret: sealer.seal(secret, named.webhookId),
        overlapSeconds: OVERLAP_SECONDS,
      })
      if (previousSecretUntil === undefined) throw new NotFound()
      reply.header('cache-control', 'no-store')
      return { secret, previousSecretUntil: previousSecretUntil.toISOString() }
    },
  )
}

function refusal({ outcome }: Exclude<WebhookOutcome, { outcome: 'created' }>): Error {
  switch (outcome) {
    case 'too-many':
      return new TooManyWebhooks(MAX_WEBHOOKS)
    case 'demo-user':
      return new Forbidden('The demo account has no webhooks.')
    case 'user-gone':
      return new Unauthorized()
  }
}
