import type { Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { Announcer, Auth, HttpServer, Log } from '@tintype/service-kit'
import type { SendExport } from '../exports/send.ts'
import { createAdminUrls, DEFAULT_ADMIN_PATH } from './admin-urls.ts'
import { registerAdminAudit } from './audit-routes.ts'
import { registerAdminImages } from './images-routes.ts'
import { registerAdminLinks } from './links-routes.ts'
import { registerQueueDashboard } from './queue-dashboard.ts'
import { registerAdminStats } from './stats-routes.ts'
import { registerAdminTiers } from './tiers-routes.ts'
import { registerAdminUserDeletions } from './user-deletions-routes.ts'
import { registerAdminUserExport } from './user-export-routes.ts'
import { registerAdminUsers } from './users-routes.ts'
import { registerAdminVerifications } from './verifications-routes.ts'

export interface AdminDependencies {
  auth: Auth
  database: Database
  producer: Producer
  announcer: Announcer
  sendExport: SendExport
  log: Log
  publicUrl: () => string
  passwordMinLength: number
  /** A segment of the path. */
  adminPath: string
}

/**
 * All that administrators do, below `/v1/<adminPath>` and `/<adminPath>/queues`.
 * An address that was chosen to be hard to guess is not told by the API's document.
 */
export async function registerAdmin(app: HttpServer, dependencies: AdminDependencies): Promise<void> {
  const { auth, database, producer, announcer, sendExport, publicUrl, passwordMinLength, adminPath } =
    dependencies
  const urls = createAdminUrls(publicUrl, adminPath)
  await app.register(
    async (scope: HttpServer) => {
      if (adminPath !== DEFAULT_ADMIN_PATH) {
        scope.addHook('onRoute', (route) => {
          route.schema = Object.assign({}, route.schema, { hide: true })
        })
      }
      registerAdminUsers(scope, { auth, database, announcer, urls, passwordMinLength })
      registerAdminUserDeletions(scope, { auth, database, producer, announcer })
      registerAdminUserExport(scope, { auth, database, sendExport })
      registerAdminTiers(scope, { auth, database, producer })
      registerAdminImages(scope, { auth, database, producer, announcer, urls })
      registerAdminLinks(scope, { auth, database, urls })
      registerAdminAudit(scope, { auth, database })
      registerAdminStats(scope, { auth, database, producer })
      registerAdminVerifications(scope, { auth, database, producer })
    },
    { prefix: `/v1/${adminPath}` },
  )
  await registerQueueDashboard(app, { ...dependencies, path: `/${adminPath}/queues` })
}
