import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { ObjectStore } from '../src/index.ts'
import { getContract } from './contract-get.ts'
import { keysContract } from './contract-keys.ts'
import { putContract } from './contract-put.ts'
import type { Subject } from './contract-subject.ts'

/**
 * Holds a store to the promises of `ObjectStore`. `makeStore` gives an empty
 * one and clears it away by `t.teardown`.
 */
export async function objectStoreContract(
  t: Test,
  name: string,
  makeStore: (t: Test) => Promise<ObjectStore>,
): Promise<void> {
  await t.test(`object store contract: ${name}`, async (t) => {
    const store = await makeStore(t)
    const subject = (): Subject => ({ store, prefix: `${randomUUID()}/` })
    await putContract(t, subject)
    await getContract(t, subject)
    await keysContract(t, subject)
  })
}
