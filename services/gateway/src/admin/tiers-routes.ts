import {
  createTier,
  type Database,
  deleteTier,
  findReconcile,
  findTier,
  listTiers,
  previewTier,
  type TierDeletionOutcome,
  type TierOutcome,
  updateTier,
} from '@tintype/database'
import { isUuid, TIER_DEFAULTS, type Tier, type TierGrants } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import {
  type Auth,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import { TierSchema } from '../me/schemas.ts'
import { auditActorOf } from './audit-actor.ts'
import {
  BadTier,
  DefaultTierNeeded,
  DefaultTierStays,
  TierInUse,
  TierNameTaken,
  UnknownMoveTo,
} from './errors.ts'
import {
  NewTier,
  ReconcileSchema,
  TierChanges,
  TierDeletionQuery,
  TierListSchema,
  TierPreviewSchema,
} from './schemas.ts'

/** Tiers, for administrators. An edit acts at the next read of everyone in the tier. */
export function registerAdminTiers(
  app: HttpServer,
  { auth, database, producer }: { auth: Auth; database: Database; producer: Producer },
): void {
  const route = { tags: ['admin'], security: bearer }

  app.get(
    '/tiers',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: { ...route, summary: 'All tiers', response: { 200: TierListSchema, ...errors(401, 403, 503) } },
    },
    async () => ({ items: await listTiers(database) }),
  )

  app.get(
    '/tiers/:id',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'One tier',
        params: IdParams,
        response: { 200: TierSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const tier = isUuid(id) ? await findTier(database, id) : undefined
      if (tier === undefined) throw new NotFound()
      return tier
    },
  )

  app.post(
    '/tiers',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Make a tier',
        body: NewTier,
        response: { 201: TierSchema, ...errors(400, 401, 403, 409, 413, 415, 503) },
      },
    },
    async (request, reply) => {
      const fields = { isDefault: false, ...TIER_DEFAULTS, ...request.body }
      check(fields)
      const tier = saved(await createTier(database, fields, auditActorOf(request)))
      return reply.code(201).send(tier)
    },
  )

  app.patch(
    '/tiers/:id',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Edit a tier',
        params: IdParams,
        body: TierChanges,
        response: { 200: TierSchema, ...errors(400, 401, 403, 404, 409, 413, 415, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      if (!isUuid(id)) throw new NotFound()
      const tier = saved(await updateTier(database, id, request.body, check, auditActorOf(request)))
      const run = { tierId: id, version: tier.version }
      // Whether there is anything to do, the job finds out.
      await producer.enqueueReconcile(run).catch((error: unknown) => {
        request.log.warn({ err: error, ...run }, 'could not enqueue; the sweep of reconciles will')
      })
      return tier
    },
  )

  app.post(
    '/tiers/:id/preview',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'What an edit of a tier would do',
        description: 'Changes nothing.',
        params: IdParams,
        body: TierChanges,
        response: { 200: TierPreviewSchema, ...errors(400, 401, 403, 404, 413, 415, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const preview = isUuid(id) ? await previewTier(database, id, request.body) : undefined
      if (preview === undefined) throw new NotFound()
      check(preview.tier)
      return preview
    },
  )

  app.delete(
    '/tiers/:id',
    {
      onRequest: auth.withRole('admin'),
      schema: {
        ...route,
        summary: 'Delete a tier',
        description: 'One that users have goes only where `moveTo` says which tier they get instead.',
        params: IdParams,
        querystring: TierDeletionQuery,
        response: { 204: Type.Null(), ...errors(400, 401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { moveTo } = request.query
      if (!isUuid(id)) throw new NotFound()
      const target = moveTo === undefined ? undefined : await findTier(database, moveTo)
      if (moveTo !== undefined && target === undefined)
        throw withDetails(new UnknownMoveTo(), { field: 'moveTo' })
      const outcome = await deleteTier(database, id, { moveTo: target?.id }, auditActorOf(request))
      if (outcome.outcome !== 'deleted') throw refusal(outcome)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/tiers/:id/reconcile',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        ...route,
        summary: 'How far what the last edit gained has been asked for',
        description:
          'Heights and formats that an eager tier gains are made of all its users’ pictures in the background.',
        params: IdParams,
        response: { 200: ReconcileSchema, ...errors(401, 403, 404, 503) },
      },
    },
    async (request) => {
      const { id } = request.params
      const tier = isUuid(id) ? await findTier(database, id) : undefined
      if (tier === undefined) throw new NotFound()
      const run = await findReconcile(database, id)
      if (run === undefined) {
        return { version: tier.version, state: 'none' as const, imagesTotal: 0, imagesDone: 0 }
      }
      const { version, imagesTotal, imagesDone, startedAt, finishedAt } = run
      return {
        version,
        state: finishedAt === null ? ('running' as const) : ('done' as const),
        imagesTotal,
        imagesDone,
        startedAt: startedAt.toISOString(),
        ...(finishedAt === null ? {} : { finishedAt: finishedAt.toISOString() }),
      }
    },
  )
}

/** What no schema of a single field can say. */
function check(tier: TierGrants): void {
  if (tier.linkMinSeconds > tier.linkMaxSeconds) {
    throw withDetails(new BadTier('linkMinSeconds: must not be greater than linkMaxSeconds.'), {
      field: 'linkMinSeconds',
      linkMinSeconds: tier.linkMinSeconds,
      linkMaxSeconds: tier.linkMaxSeconds,
    })
  }
}

function refusal(outcome: Exclude<TierDeletionOutcome, { outcome: 'deleted' }>) {
  switch (outcome.outcome) {
    case 'not-found':
      return new NotFound()
    case 'default-tier':
      return new DefaultTierStays()
    case 'in-use':
      return withDetails(new TierInUse(outcome.users), { field: 'moveTo', users: outcome.users })
    case 'unknown-target':
      return withDetails(new UnknownMoveTo(), { field: 'moveTo' })
  }
}

function saved(outcome: TierOutcome): Tier {
  switch (outcome.outcome) {
    case 'saved':
      return outcome.tier
    case 'name-taken':
      throw withDetails(new TierNameTaken(), { field: 'name' })
    case 'no-default':
      throw withDetails(new DefaultTierNeeded(), { field: 'isDefault' })
    case 'not-found':
      throw new NotFound()
  }
}
