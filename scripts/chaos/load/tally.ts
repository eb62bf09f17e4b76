import { pick, pickText } from '../../json-value.ts'
import { type CallOutcome, HUNG, type Reply } from './http-call.ts'

/** What came of the requests of a while. */
export interface Counts {
  requests: number
  /** Answered with 429 or 503, a code, and when to come again. */
  refused: number
  /** Never answered to their end. */
  cut: number
}

/** What a request came to: an answer to look at, a refusal, or nothing. */
export type Asked =
  | { outcome: 'answered'; reply: Reply }
  | { outcome: 'refused'; reply: Reply }
  | { outcome: 'cut'; code: string }

export interface Tally {
  readonly counts: Counts
  /** What the product must never do and did, in sentences. */
  readonly violations: readonly string[]
  /** Codes of connections that were cut, and of refusals, with how often. */
  readonly seen: ReadonlyMap<string, number>
  note(what: string, asked: CallOutcome): Asked
  violated(sentence: string): void
}

/** So many sentences tell what is wrong; a broken product would fill a screen with them. */
const MAX_VIOLATIONS = 20

export function createTally(): Tally {
  const counts: Counts = { requests: 0, refused: 0, cut: 0 }
  const violations: string[] = []
  const seen = new Map<string, number>()
  const see = (code: string) => seen.set(code, (seen.get(code) ?? 0) + 1)
  const violated = (sentence: string) => {
    if (violations.length < MAX_VIOLATIONS) violations.push(sentence)
  }
  return {
    counts,
    violations,
    seen,
    violated,
    note(what, asked) {
      counts.requests += 1
      if (asked.outcome === 'cut') {
        counts.cut += 1
        see(asked.code)
        if (asked.code === HUNG) violated(`${what} was not answered within a minute`)
        return asked
      }
      const { reply } = asked
      if (isCleanRefusal(reply)) {
        counts.refused += 1
        see(codeOf(reply))
        return { outcome: 'refused', reply }
      }
      if (reply.status >= 500 || reply.status === 429) {
        see(`${reply.status} ${codeOf(reply)}`)
        violated(`${what} was answered with ${reply.status} ${reply.bytes.toString().slice(0, 200)}`)
      }
      return asked
    },
  }
}

/** An answer that says no, why, and when to come again. */
export function isCleanRefusal(reply: Reply): boolean {
  if (codeOf(reply) === 'TT_REQUEST_IN_FLIGHT') return reply.status === 409
  const saysWhen = /^[1-9]\d*$/.test(reply.headers['retry-after'] ?? '')
  return (reply.status === 503 || reply.status === 429) && saysWhen && codeOf(reply).startsWith('TT_')
}

/** The code of an error answer, of the whole or of the one file that was sent; empty where there is none. */
export function codeOf(reply: Reply): string {
  const body = jsonOf(reply)
  const items = pick(body, 'items')
  const error = Array.isArray(items) ? pick(items[0], 'error') : body
  return pickText(error, 'code') ?? ''
}

/** The answer's body as JSON, or undefined where it is none. */
export function jsonOf({ headers, bytes }: Reply): unknown {
  if (!headers['content-type']?.startsWith('application/json')) return undefined
  return JSON.parse(bytes.toString())
}
