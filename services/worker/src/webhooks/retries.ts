/**
 * How long to wait after each failed attempt, in seconds: eleven attempts over
 * 24 hours. What fails after the last is dead.
 */
export const RETRY_AFTER_SECONDS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800]

/** Receivers that were away together are not tried together. */
const JITTER = 0.2
/** The most that a receiver's own `Retry-After` is heeded. */
const MAX_ASKED_SECONDS = 3600

/**
 * @param attempt the number of the attempt that failed, from 1.
 * @param askedSeconds what the receiver asked for: it lengthens a wait and never shortens one.
 * @returns undefined where there is no further attempt.
 */
export function secondsUntilRetry(
  waitsSeconds: readonly number[],
  attempt: number,
  askedSeconds = 0,
): number | undefined {
  const wait = waitsSeconds[attempt - 1]
  if (wait === undefined) return undefined
  const jittered = wait * (1 + JITTER * (2 * Math.random() - 1))
  return Math.max(jittered, Math.min(askedSeconds, MAX_ASKED_SECONDS))
}

/** `Retry-After` in seconds from now (RFC 9110 §10.2.3); undefined where it says nothing that can be read. */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const seconds = (Date.parse(header) - Date.now()) / 1000
  return seconds > 0 ? seconds : undefined
}
