import { isUuid } from './ids.ts'
import type { RenditionName } from './renditions.ts'

export const ORIGINALS_PREFIX = 'originals/'
export const RENDITIONS_PREFIX = 'renditions/'
/** Where files are put by others, until they are verified and become originals. */
export const STAGING_PREFIX = 'staging/'

/** What the marks of installations start with. */
export const INSTALLATIONS_PREFIX = 'installations/'

/** The mark by which a store is known to belong to an installation. */
export function installationKey(installationId: string): string {
  return `${INSTALLATIONS_PREFIX}${installationId}`
}

/** Where an uploaded file's bytes are. */
export function originalKey(imageId: string): string {
  return `${ORIGINALS_PREFIX}${imageId}`
}

/** Where the bytes of a direct upload arrive, and what the keys of a resumable one's pieces start with. */
export function stagingKey(uploadId: string): string {
  return `${STAGING_PREFIX}${uploadId}`
}

/** Where a piece of a resumable upload is. `name` is new for each, so that late writers write over nobody's. */
export function stagingPieceKey(uploadId: string, name: string): string {
  return `${stagingKey(uploadId)}/${name}`
}

/** What every rendition of an image starts with. */
export function renditionPrefix(imageId: string): string {
  return `${RENDITIONS_PREFIX}${imageId}/`
}

/**
 * A key for a rendition. `generation` is new for each derivation, so an object
 * is never written over: a reader holds either the old bytes or the new ones.
 */
export function renditionKey(
  imageId: string,
  name: RenditionName,
  generation: string,
  extension: string,
): string {
  return `${renditionPrefix(imageId)}${name}.${generation}.${extension}`
}

export type ParsedKey =
  | { kind: 'original' | 'rendition'; imageId: string }
  | { kind: 'staging'; uploadId: string }

/** Tells whose object a key names, or undefined where the key is not one of ours. */
export function parseKey(key: string): ParsedKey | undefined {
  if (key.startsWith(ORIGINALS_PREFIX)) {
    const imageId = key.slice(ORIGINALS_PREFIX.length)
    return isUuid(imageId) ? { kind: 'original', imageId } : undefined
  }
  if (key.startsWith(RENDITIONS_PREFIX)) {
    const imageId = key.slice(RENDITIONS_PREFIX.length).split('/', 1)[0] ?? ''
    return isUuid(imageId) ? { kind: 'rendition', imageId } : undefined
  }
  if (key.startsWith(STAGING_PREFIX)) {
    const [uploadId = '', ...piece] = key.slice(STAGING_PREFIX.length).split('/')
    const isOurs = [uploadId, ...piece].every(isUuid) && piece.length <= 1
    return isOurs ? { kind: 'staging', uploadId } : undefined
  }
  return undefined
}
