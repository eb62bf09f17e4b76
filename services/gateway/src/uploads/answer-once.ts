import {
  abandonRequest,
  answerRequest,
  claimRequest,
  type Database,
  listImagesOfRequest,
  renewRequest,
} from '@tintype/database'
import type { Log } from '@tintype/service-kit'
import type { Retryable } from './accept-file.ts'
import { KeyReused, RequestInFlight } from './errors.ts'
import { createFingerprint } from './fingerprint.ts'

/** How soon the request of a process that died is taken over by its sender's next try, in seconds. */
const LEASE_SECONDS = 60
const RENEW_MS = 20_000

export interface OnceAnswer {
  statusCode: number
  body: unknown
  /** Whether asking again is answered the same: not where the server failed or the body broke off. */
  isFinal: boolean
}

export interface OnceRequest {
  userId: string
  /** The sender's own name for the request. */
  key: string
  log: Log
  /** Does what is asked. */
  perform(retryable: Retryable): Promise<OnceAnswer>
  /** Reads the body again, and tells its fingerprint. */
  fingerprint(): Promise<string>
}

/**
 * Does what is asked under a key once: whoever asks the same again gets the
 * same answer. What one that died half way has kept is found by its next try.
 *
 * @throws RequestInFlight while another is at it, KeyReused where the body is another one.
 */
export async function answerOnce(
  database: Database,
  { userId, key, log, perform, fingerprint }: OnceRequest,
): Promise<Pick<OnceAnswer, 'statusCode' | 'body'>> {
  const claim = await claimRequest(database, { userId, key, leaseSeconds: LEASE_SECONDS })
  if (claim.outcome === 'in-flight') throw new RequestInFlight()
  if (claim.outcome === 'answered') {
    if ((await fingerprint()) !== claim.bodySha256) throw new KeyReused()
    return { statusCode: claim.statusCode, body: claim.answer }
  }

  const { id } = claim
  const renewal = setInterval(() => {
    renewRequest(database, id, LEASE_SECONDS).catch((error: unknown) => {
      log.warn({ err: error }, 'could not renew the lease of a request')
    })
  }, RENEW_MS)
  let isAnswered = false
  try {
    const kept: Retryable['kept'] = claim.isRetry ? await listImagesOfRequest(database, id) : new Map()
    const followed = createFingerprint()
    const { statusCode, body, isFinal } = await perform({ id, fingerprint: followed, kept })
    if (isFinal) {
      const bodySha256 = await followed.digest()
      await answerRequest(database, id, { bodySha256, statusCode, answer: body })
      isAnswered = true
    }
    return { statusCode, body }
  } finally {
    clearInterval(renewal)
    if (!isAnswered) {
      await abandonRequest(database, id).catch((error: unknown) => {
        log.warn({ err: error }, 'could not free an idempotency key; its lease ends')
      })
    }
  }
}
