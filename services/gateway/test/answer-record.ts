import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Scope } from '@tintype/testkit'

export interface AnswerRecord {
  /** How many answers there were. */
  readonly count: number
  /** Method, route and status of each answer that the API's document does not declare, once each. */
  undeclared(document: unknown): string[]
  /** The bodies of answers of 400 and more, once each. */
  problems(): string[]
}

interface RequestEvent {
  request: { origin: string; method: string; path: string }
}
type HeadEvent = RequestEvent & { response: { statusCode: number } }
type ChunkEvent = RequestEvent & { chunk: Uint8Array }

/** The channels on which Node's own `fetch` tells what it receives. */
const HEADS = 'undici:request:headers'
const CHUNKS = 'undici:request:bodyChunkReceived'

/** Pages, their files, and figures: no part of the API. */
const OUTSIDE = /^\/(docs|metrics|admin\/queues)(\/|$)/

/** Notes every answer that `fetch` in this process gets from a server, from now to the end of the test. */
export function recordAnswers(t: Scope, url: string): AnswerRecord {
  const seen = new Map<string, { method: string; path: string; status: string }>()
  const problems = new Map<object, string>()
  let count = 0

  function onHead(message: unknown): void {
    const { request, response } = message as HeadEvent
    // What a browser asks beforehand (CORS) is no call of the API.
    if (request.origin !== url || request.method === 'OPTIONS') return
    count += 1
    const path = request.path.split('?', 1)[0] ?? ''
    const method = request.method.toLowerCase()
    const status = String(response.statusCode)
    seen.set(`${method} ${path} ${status}`, { method, path, status })
    if (response.statusCode >= 400) problems.set(request, '')
  }
  function onChunk(message: unknown): void {
    const { request, chunk } = message as ChunkEvent
    const body = problems.get(request)
    if (body !== undefined) problems.set(request, body + Buffer.from(chunk).toString())
  }
  subscribe(HEADS, onHead)
  subscribe(CHUNKS, onChunk)
  t.teardown(() => {
    unsubscribe(HEADS, onHead)
    unsubscribe(CHUNKS, onChunk)
  })

  return {
    get count() {
      return count
    },
    problems: () => [...new Set(problems.values())],
    undeclared(document) {
      const { paths } = document as { paths: Record<string, Record<string, { responses: object }>> }
      const routes = Object.entries(paths).map(([template, methods]) => ({
        template,
        pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`),
        methods,
      }))
      const missing = new Set<string>()
      for (const { method, path, status } of seen.values()) {
        if (OUTSIDE.test(path)) continue
        const found = routes.filter(({ pattern }) => pattern.test(path))
        // Where GET is answered, so is HEAD, and the document does not say it twice.
        const asked = method === 'head' && !found.some(({ methods }) => 'head' in methods) ? 'get' : method
        const route = found.find(({ methods }) => asked in methods)
        // What no route has is answered with 404, which no route can declare.
        if (route === undefined && status === '404') continue
        const declared = route?.methods[asked]?.responses ?? {}
        if (!(status in declared)) missing.add(`${method} ${route?.template ?? path} ${status}`)
      }
      return [...missing]
    },
  }
}
