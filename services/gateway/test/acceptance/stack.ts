import { type Stack, startStack } from '@tintype/testkit'
import t from 'tap'

let shared: Promise<Stack> | undefined

/**
 * The product, for all tests in this process that take no part of it away: each
 * makes users of its own.
 * It lives to the end of the process, not of the test that asked first.
 */
export function sharedStack(): Promise<Stack> {
  // For what receives webhooks.
  shared ??= startStack(t, { env: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.2/32' } })
  return shared
}
