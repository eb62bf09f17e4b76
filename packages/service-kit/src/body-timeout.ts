import type { FastifyInstance } from 'fastify'

/**
 * Cuts senders whose body does not come: without it, whoever promises a body
 * and sends none holds a connection for ever. Node's own limit cannot do it,
 * because it is for whole requests, and a large upload may take its time.
 *
 * @param maxBytes bodies of routes that allow more are let be: those watch over their senders themselves.
 */
export function limitBodyTime(
  app: Pick<FastifyInstance, 'addHook'>,
  { timeoutMs, maxBytes }: { timeoutMs: number; maxBytes: number },
): void {
  app.addHook('preParsing', async (request) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
    // Nobody waits for the body of a GET.
    if (request.method === 'GET' || request.method === 'HEAD') return
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0')
    if (!hasBody || request.routeOptions.bodyLimit > maxBytes) return
    const timer = setTimeout(() => request.raw.destroy(), timeoutMs).unref()
    for (const event of ['end', 'close']) request.raw.once(event, () => clearTimeout(timer))
  })
}
