import { type Stack, startStack } from '@tintype/testkit'
import t from 'tap'

let shared: Promise<Stack> | undefined

/** The product, for all tests in this process, to whose end it lives: each makes users of its own. */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack(t)
  return shared
}
