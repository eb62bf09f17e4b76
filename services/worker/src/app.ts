import type { Database } from '@tintype/database'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'
import {
  createHttpServer,
  type HttpServer,
  type Logger,
  registerHealth,
  registerMetrics,
} from '@tintype/service-kit'
import type { Registry } from 'prom-client'

/**
 * The worker's health and metrics port. A worker that lacks a store is not
 * ready and stays alive: it goes on by itself once the store is back.
 */
export function createApp(options: {
  log: Logger
  registry: Registry
  database: Pick<Database, 'ping'>
  producer: Pick<Producer, 'ping'>
  store: Pick<ObjectStore, 'ping'>
}): HttpServer {
  const { database, producer, store } = options
  const app = createHttpServer({ log: options.log })
  registerHealth(app, {
    postgres: { required: true, check: () => database.ping() },
    redis: { required: true, check: () => producer.ping() },
    store: {
      required: true,
      async check() {
        await store.ping()
      },
    },
  })
  registerMetrics(app, options.registry)
  return app
}
