import {
  type Database,
  listDeliveries,
  queueTestDelivery,
  replayDeadDeliveries,
  replayDelivery,
} from '@tintype/database'
import { isUuid } from '@tintype/domain'
import { type Auth, bearer, errors, type HttpServer, IdParams, NotFound } from '@tintype/service-kit'
import { readPage } from '../admin/paging.ts'
import { readTime } from '../date-times.ts'
import { WebhookDisabled } from './errors.ts'
import { representDelivery } from './representation.ts'
import { ownWebhook } from './routes.ts'
import {
  DeliveryListQuery,
  DeliveryListSchema,
  DeliveryParams,
  DeliverySchema,
  ReplayBody,
  ReplayedSchema,
} from './schemas.ts'

/** Of one request: what a statement does in a second or two. */
const REPLAYED_AT_ONCE = 10_000

/** What became of the messages to a webhook. The worker finds within a second what is to be delivered. */
export function registerWebhookDeliveries(
  app: HttpServer,
  { auth, database }: { auth: Auth; database: Database },
): void {
  const onRequest = auth.allow('webhooks')
  const route = { tags: ['webhooks'], security: bearer }

  app.get(
    '/v1/webhooks/:id/deliveries',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Messages to a webhook, newest first',
        description: 'Those that were delivered are known for 7 days, those that were given up for 30.',
        params: IdParams,
        querystring: DeliveryListQuery,
        response: { 200: DeliveryListSchema, ...errors(400, 401, 403, 404, 503) },
      },
    },
    async (request) => {
      const named = ownWebhook(request, request.params.id)
      const { state } = request.query
      const { items, nextCursor } = await readPage(request.query, async (page) => {
        const deliveries = await listDeliveries(database, named, { ...page, state })
        if (deliveries === undefined) throw new NotFound()
        return deliveries
      })
      return { items: items.map(representDelivery), nextCursor }
    },
  )

  app.post(
    '/v1/webhooks/:id/deliveries/:deliveryId/replay',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Deliver a message once more, under the same id',
        params: DeliveryParams,
        response: { 202: DeliverySchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id, deliveryId } = request.params
      const named = ownWebhook(request, id)
      const delivery = isUuid(deliveryId) ? await replayDelivery(database, named, deliveryId) : undefined
      if (delivery === undefined) throw new NotFound()
      return reply.code(202).send(representDelivery(delivery))
    },
  )

  app.post(
    '/v1/webhooks/:id/replay',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Deliver messages that were given up once more',
        description: '`from` and `to` are about when the events happened.',
        params: IdParams,
        body: ReplayBody,
        response: { 202: ReplayedSchema, ...errors(400, 401, 403, 404, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const { from, to } = request.body
      const replayed = await replayDeadDeliveries(database, ownWebhook(request, request.params.id), {
        from: readTime('from', from),
        to: readTime('to', to),
        limit: REPLAYED_AT_ONCE,
      })
      if (replayed === undefined) throw new NotFound()
      return reply.code(202).send({ replayed })
    },
  )

  app.post(
    '/v1/webhooks/:id/test',
    {
      onRequest,
      schema: {
        ...route,
        summary: 'Send a webhook a `webhook.test`',
        params: IdParams,
        response: { 202: DeliverySchema, ...errors(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const tested = await queueTestDelivery(database, ownWebhook(request, request.params.id))
      if (tested.outcome === 'not-found') throw new NotFound()
      if (tested.outcome === 'disabled') throw new WebhookDisabled()
      return reply.code(202).send(representDelivery(tested.delivery))
    },
  )
}
