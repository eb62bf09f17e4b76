import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { HttpServer } from './http-server.ts'

/** A service's metrics in Prometheus' text format. Each service makes its own registry, so that tests can run several. */
export function createMetrics(service: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry, prefix: 'tintype_' })
  return registry
}

/** `/metrics`, and a histogram of request durations by route. */
export function registerMetrics(app: HttpServer, registry: Registry): void {
  const durations = new Histogram({
    name: 'tintype_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never the path: paths hold ids and tokens, and would make a series each.
    const route = request.routeOptions.url ?? 'none'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  app.get('/metrics', { logLevel: 'silent', config: { rateLimit: false } }, async (_request, reply) => {
    reply.type(registry.contentType)
    return registry.metrics()
  })
}
