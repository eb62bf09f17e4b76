import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { calling } from './errors.ts'
import { checkDeclaredBytes } from './exact-body.ts'
import type { PostPolicy, PostPolicyOptions, PresignGetOptions } from './types.ts'

interface Target {
  /** Its endpoint is what the URL names. */
  client: S3Client
  bucket: string
  key: string
}

/** Seven days: the limit of signature version 4. */
const MAX_EXPIRY_SECONDS = 604_800

export function presignGet({ client, bucket, key }: Target, options: PresignGetOptions): Promise<string> {
  const { expiresInSeconds, contentDisposition, contentType } = options
  checkExpiry(expiresInSeconds)
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(contentDisposition !== undefined && { ResponseContentDisposition: contentDisposition }),
    ...(contentType !== undefined && { ResponseContentType: contentType }),
  })
  return calling('sign', undefined, () => getSignedUrl(client, command, { expiresIn: expiresInSeconds }))
}

export function presignPost(
  { client, bucket, key }: Target,
  options: PostPolicyOptions,
): Promise<PostPolicy> {
  const { expiresInSeconds, contentType, maxBytes } = options
  checkExpiry(expiresInSeconds)
  checkDeclaredBytes(maxBytes)
  return calling('sign', undefined, () =>
    createPresignedPost(client, {
      Bucket: bucket,
      Key: key,
      Expires: expiresInSeconds,
      Fields: { 'Content-Type': contentType },
      Conditions: [['content-length-range', 1, maxBytes]],
    }),
  )
}

function checkExpiry(seconds: number): void {
  if (!Number.isSafeInteger(seconds) || seconds < 1 || seconds > MAX_EXPIRY_SECONDS) {
    throw new TypeError(`A signature's life is a whole number of seconds from 1 to ${MAX_EXPIRY_SECONDS}.`)
  }
}
