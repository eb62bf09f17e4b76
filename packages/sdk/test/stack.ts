import { createUser, type Stack, startStack, type TestUser } from '@tintype/testkit'
import t from 'tap'
import { type Client, createClient } from '../src/index.ts'

let shared: Promise<Stack> | undefined

/**
 * The product, for all tests in this process: each makes users of its own.
 * It lives to the end of the process, not of the test that asked first.
 */
export function sharedStack(): Promise<Stack> {
  shared ??= startStack(t)
  return shared
}

/** Somebody with a client of their own, signed in. */
export async function someone(tier = 'Enterprise'): Promise<{ user: TestUser; client: Client }> {
  const stack = await sharedStack()
  const user = await createUser(await stack.signInAsAdmin(), { tier })
  const client = createClient({ baseUrl: stack.url })
  await client.login(user.username, user.password)
  return { user, client }
}

/** Everything of a list. */
export async function listed<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of pages) items.push(item)
  return items
}
