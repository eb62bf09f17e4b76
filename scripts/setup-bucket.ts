// node scripts/setup-bucket.ts
//
// Makes the bucket that STORE_URL names what the services expect: there, closed
// to strangers, tidied of unfinished uploads. Running it again changes nothing.

import { prepareBucket } from './stores/bucket.ts'
import { parseStoreUrl } from './stores/store-url.ts'

try {
  const storeUrl = process.env.STORE_URL ?? ''
  if (storeUrl.startsWith('file:')) console.log('STORE_URL names a folder: there is no bucket to set up')
  else for (const line of await prepareBucket(parseStoreUrl(storeUrl))) console.log(line)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
