import { createHash, type Hash } from 'node:crypto'
import { withDetails } from '@tintype/service-kit'
import { BadUploadHeader } from './errors.ts'

/** As the protocol announces them, with the bytes of their digests. */
const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const

export const CHECKSUM_ALGORITHMS = Object.keys(DIGEST_BYTES).join(',')

/** What one request's body must come to. */
export interface Checksum {
  hash: Hash
  expected: Buffer
}

/** @throws BadUploadHeader. */
export function readChecksum(header: string | undefined): Checksum | undefined {
  if (header === undefined) return undefined
  const [, algorithm = '', digest = ''] = /^(sha1|sha256) ([A-Za-z0-9+/]+={0,2})$/.exec(header) ?? []
  const expected = Buffer.from(digest, 'base64')
  if (expected.length !== DIGEST_BYTES[algorithm as keyof typeof DIGEST_BYTES]) {
    const message = 'upload-checksum: must be «sha1» or «sha256», a space, and the digest in Base64.'
    throw withDetails(new BadUploadHeader(message), { field: 'upload-checksum' })
  }
  return { hash: createHash(algorithm), expected }
}
