import { createFileStore } from './file.ts'
import { parsePublicUrl, parseStoreUrl } from './store-url.ts'
import type { ObjectStore } from './types.ts'

export { type CopyCounts, type CopyStoreOptions, copyStore } from './copy-store.ts'
export { BodyLengthMismatch, InvalidStoreUrl, StoreUnavailable } from './errors.ts'
export { createFileStore } from './file.ts'
export {
  type FileLocation,
  parsePublicUrl,
  parseStoreUrl,
  type S3Location,
  type StoreLocation,
} from './store-url.ts'
export type * from './types.ts'

/**
 * The store that `STORE_URL` names (see `parseStoreUrl`). `publicUrl` is
 * `STORE_PUBLIC_URL`: the origin that presigned URLs name; a folder has no use for it.
 *
 * Throws `InvalidStoreUrl`; a folder that cannot be used is `StoreUnavailable`.
 */
export async function createObjectStore(
  url: string,
  { publicUrl }: { publicUrl?: string | undefined } = {},
): Promise<ObjectStore> {
  const location = parseStoreUrl(url)
  if (location.kind === 'file') return createFileStore(location.root)
  // The SDK takes long to load, and a folder has no use for it.
  const { createS3Store } = await import('./s3.ts')
  return createS3Store(location, publicUrl === undefined ? {} : { publicUrl: parsePublicUrl(publicUrl) })
}
