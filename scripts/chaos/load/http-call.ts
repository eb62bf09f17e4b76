import { type Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Call {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  headers?: Record<string, string>
  body?: Buffer
  /** Connections that are kept; one for each call unless told, so that none meets a connection being closed. */
  agent?: Agent
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  tookMs: number
}

/** An answer that came whole, or how it failed to come. */
export type CallOutcome = { outcome: 'answered'; reply: Reply } | { outcome: 'cut'; code: string }

/** Longer than any limit of the product's own: who waits so long was forgotten. */
const HUNG_MS = 60_000
export const HUNG = 'HUNG'

/** One HTTP request, whose answer counts only when every byte that it announced has come. */
export function call({ method, url, headers = {}, body, agent }: Call): Promise<CallOutcome> {
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const cut = (code: string) => resolve({ outcome: 'cut', code })
    const sent = request(url, {
      method,
      agent: agent ?? false,
      headers: {
        ...(agent === undefined && { connection: 'close' }),
        ...(body !== undefined && { 'content-length': body.length }),
        ...headers,
      },
    })
    const timer = setTimeout(() => {
      cut(HUNG)
      sent.destroy()
    }, HUNG_MS)
    sent.once('close', () => clearTimeout(timer))
    sent.once('error', (error: NodeJS.ErrnoException) => cut(error.code ?? error.message))
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', (error: NodeJS.ErrnoException) => cut(error.code ?? error.message))
      response.once('end', () => {
        if (!response.complete) return cut('INCOMPLETE')
        const { statusCode: status = 0, headers } = response
        const tookMs = performance.now() - startedAt
        resolve({ outcome: 'answered', reply: { status, headers, bytes: Buffer.concat(chunks), tookMs } })
      })
    })
    sent.end(body)
  })
}
