import { type Scope, type Stack, startStack } from '@tintype/testkit'

let shared: Promise<Stack> | undefined

/**
 * The product, for all tests in this process that take no part of it away: each
 * makes users of its own.
 * @param t the process's own scope, to whose end it lives.
 */
export function sharedStack(t: Scope): Promise<Stack> {
  // For what receives webhooks.
  shared ??= startStack(t, { env: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.2/32' } })
  return shared
}
