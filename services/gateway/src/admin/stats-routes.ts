import { type Database, getStatistics } from '@tintype/database'
import { FAILURES } from '@tintype/domain'
import type { Producer, QueueFigures } from '@tintype/jobs'
import { type Auth, bearer, errors, type HttpServer } from '@tintype/service-kit'
import { StatsSchema } from './content-schemas.ts'

/** How much there is of everything. */
export function registerAdminStats(
  app: HttpServer,
  { auth, database, producer }: { auth: Auth; database: Database; producer: Pick<Producer, 'inspectQueues'> },
): void {
  app.get(
    '/stats',
    {
      onRequest: auth.withRole('admin', 'auditor'),
      schema: {
        tags: ['admin'],
        security: bearer,
        summary: 'How much there is of everything, and what waits',
        description: 'Without `queues` while they cannot be reached.',
        response: { 200: StatsSchema, ...errors(401, 403, 503) },
      },
    },
    async () => {
      const [statistics, queues] = await Promise.all([
        getStatistics(database),
        producer.inspectQueues().catch(() => undefined),
      ])
      return {
        ...statistics,
        failures: statistics.failures.map(({ code, images }) => ({ code, message: FAILURES[code], images })),
        ...(queues === undefined ? {} : { queues: represent(queues) }),
      }
    },
  )
}

function represent(queues: Record<string, QueueFigures>) {
  return Object.fromEntries(
    Object.entries(queues).map(([name, { jobs, ...figures }]) => [name, { ...jobs, ...figures }]),
  )
}
