import { type Scope, type Stack, startStack } from '@tintype/testkit'

let shared: Promise<Stack> | undefined

/**
 * The product, for all tests in this process: each makes users of its own.
 * @param t the process's own scope, to whose end it lives.
 */
export function sharedStack(t: Scope): Promise<Stack> {
  shared ??= startStack(t)
  return shared
}
