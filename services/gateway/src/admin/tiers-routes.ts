import {
  createTier,
  type Database,
  findTier,
  listTiers,
  type TierOutcome,
  updateTier,
} from '@tintype/database'
import { isUuid, TIER_DEFAULTS, type Tier, type TierGrants } from '@tintype/domain'
import {
  type Auth,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { TierSchema } from '../me/schemas.ts'
import { BadTier, DefaultTierNeeded, TierNameTaken } from './errors.ts'
import { NewTier, TierChanges, TierListSchema } from './schemas.ts'

/** Tiers, for administrators. An edit acts at the next read of everyone in the tier. */
export function registerAdminTiers(
  app: HttpServer,
  { auth, database }: { auth: Auth; database: Database },
): void {
  const route = { tags: ['admin'], security: bearer }

  app.get(
    '/v1/admin/tiers',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: { ...route, summary: 'All tiers', response: { 200: TierListSchema, ...errors(401, 403, 503) } },
    },
    async () => ({ items: await listTiers(database) }),
  )

  app.get(
    '/v1/admin/tiers/:id',
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
    '/v1/admin/tiers',
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
      const tier = saved(await createTier(database, fields))
      return reply.code(201).send(tier)
    },
  )

  app.patch(
    '/v1/admin/tiers/:id',
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
      return saved(await updateTier(database, id, request.body, check))
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
