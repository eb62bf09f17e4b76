import { createHash } from 'node:crypto'
import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { calling } from './errors.ts'
import { within } from './s3-client.ts'

/** Deletes up to 1000 objects, S3's limit, by one request. */
export function deleteObjects(
  client: S3Client,
  request: { bucket: string; keys: string[]; timeoutMs: number },
): Promise<void> {
  return calling('delete', undefined, async () => {
    const command = new DeleteObjectsCommand({
      Bucket: request.bucket,
      Delete: { Objects: request.keys.map((Key) => ({ Key })), Quiet: true },
    })
    signWithMd5(command)
    const { Errors: refused = [] } = await client.send(command, within(request.timeoutMs))
    // The answer is a success even when single keys were not deleted.
    const first = refused.find(({ Code }) => Code !== 'NoSuchKey')
    if (first) {
      const error = new Error(`${refused.length} of ${request.keys.length} objects were not deleted`)
      throw Object.assign(error, { code: first.Code ?? 'unknown' })
    }
  })
}

/**
 * This request must carry a checksum. The SDK sends a CRC-32, which older
 * servers do not know; all of them take the Content-MD5 of the first protocol.
 */
function signWithMd5(command: DeleteObjectsCommand): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { headers: Record<string, string>; body: string | Uint8Array }
      for (const name of Object.keys(request.headers)) {
        if (/^x-amz-(sdk-)?checksum-/i.test(name)) delete request.headers[name]
      }
      request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64')
      return next(args)
    },
    // After the SDK's own checksum, which has the normal priority, and before signing.
    { name: 'contentMd5', step: 'build', priority: 'low' },
  )
}
