import { createTestBucket } from '@tintype/testkit'
import type { Test } from 'tap'
import { parseStoreUrl, type S3Location } from '../src/index.ts'

/** A bucket of the test's own, as the store's own parser reads its address. */
export async function makeBucket(t: Test): Promise<S3Location & { endpoint: string; bucket: string }> {
  const location = parseStoreUrl((await createTestBucket(t)).storeUrl)
  if (location.kind !== 's3' || location.endpoint === undefined)
    throw new Error('the test server has no address')
  return { ...location, endpoint: location.endpoint }
}
