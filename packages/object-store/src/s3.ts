import {
  CopyObjectCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { calling, throwIfAborted } from './errors.ts'
import { checkDeclaredBytes } from './exact-body.ts'
import { keySegments, splitPrefix, splitPrefixToDelete } from './keys.ts'
import { createS3Client, isMissing, S3_TIMEOUTS, type S3Timeouts, within } from './s3-client.ts'
import { deleteObjects } from './s3-delete.ts'
import { getObject, headObject, stated } from './s3-get.ts'
import { presignGet, presignPost } from './s3-presign.ts'
import { putBytes, putStream } from './s3-put.ts'
import type { S3Location } from './store-url.ts'
import type { ListOptions, ObjectInfo, ObjectStore } from './types.ts'

export interface S3StoreOptions {
  /** Origin that browsers reach the store by, where it is not the location's endpoint. */
  publicUrl?: string
  timeouts?: S3Timeouts
  /** Most connections at once for downloads, and as many again for all else. Default 512. */
  maxSockets?: number
}

const MAX_SOCKETS = 512

/**
 * Objects in one bucket, which must exist. Nothing is connected before the first call.
 *
 * On AWS the credentials need s3:ListBucket besides the object rights: without
 * it a missing object is answered with 403, which reads as a fault.
 */
export function createS3Store(location: S3Location, options: S3StoreOptions = {}): ObjectStore {
  const { bucket } = location
  const timeouts = options.timeouts ?? S3_TIMEOUTS
  const settings = { timeouts, maxSockets: options.maxSockets ?? MAX_SOCKETS }
  const client = createS3Client(location, location.endpoint, settings)
  // A download holds its connection for as long as its reader takes. Slow readers must keep no upload waiting.
  const readClient = createS3Client(location, location.endpoint, settings)
  const publicClient =
    options.publicUrl === undefined ? client : createS3Client(location, options.publicUrl, settings)
  const isReachable = options.publicUrl !== undefined || !isPrivateName(location.endpoint)

  function at(key: string) {
    keySegments(key)
    return { client, bucket, key, timeouts }
  }

  /** At most 1000 objects a page, which is also what one deletion takes. */
  async function* pages(prefix: string, { after, signal }: ListOptions = {}): AsyncGenerator<ObjectInfo[]> {
    let token: string | undefined
    do {
      const page = await calling('list', signal, () =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(after !== undefined && { StartAfter: after }),
            ...(token !== undefined && { ContinuationToken: token }),
          }),
          within(timeouts.answerMs, signal),
        ),
      )
      yield (page.Contents ?? []).map(({ Key, Size, LastModified }) => ({
        key: stated(Key),
        bytes: stated(Size),
        modifiedAt: stated(LastModified),
      }))
      token = page.NextContinuationToken
    } while (token !== undefined)
  }

  return {
    async put(key, body, options) {
      const isBytes = body instanceof Uint8Array
      try {
        checkDeclaredBytes(options.bytes)
        const put = { ...at(key), options }
        await (isBytes ? putBytes(put, body) : putStream(put, body))
      } finally {
        if (!isBytes) body.destroy()
      }
    },

    async get(key, options = {}) {
      return getObject({ ...at(key), client: readClient }, options)
    },

    async head(key, { signal } = {}) {
      return headObject(at(key), signal)
    },

    async delete(key) {
      keySegments(key)
      await calling('delete', undefined, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }), within(timeouts.answerMs)),
      )
    },

    async deletePrefix(prefix) {
      splitPrefixToDelete(prefix)
      let count = 0
      for await (const page of pages(prefix)) {
        if (page.length === 0) continue
        await deleteObjects(client, {
          bucket,
          keys: page.map(({ key }) => key),
          timeoutMs: timeouts.commitMs,
        })
        count += page.length
      }
      return count
    },

    async *list(prefix, { after, signal } = {}) {
      splitPrefix(prefix)
      for await (const page of pages(prefix, { after, signal })) {
        for (const object of page) {
          throwIfAborted(signal)
          yield object
        }
      }
    },

    async copy(fromKey, toKey) {
      const source = keySegments(fromKey).map(encodeURIComponent).join('/')
      keySegments(toKey)
      // S3 refuses to copy an object onto itself.
      if (fromKey === toKey) return (await headObject(at(fromKey), undefined)) !== undefined
      return calling('copy', undefined, async () => {
        const command = new CopyObjectCommand({
          Bucket: bucket,
          Key: toKey,
          CopySource: `${bucket}/${source}`,
        })
        try {
          await client.send(command, within(timeouts.commitMs))
          return true
        } catch (error) {
          if (isMissing(error)) return false
          throw error
        }
      })
    },

    async presignGet(key, options) {
      const target = at(key)
      return isReachable ? presignGet({ ...target, client: publicClient }, options) : undefined
    },

    async presignPost(key, options) {
      const target = at(key)
      return isReachable ? presignPost({ ...target, client: publicClient }, options) : undefined
    },

    ping: (signal) =>
      calling('answer', signal, async () => {
        const command = new HeadBucketCommand({ Bucket: bucket })
        let date: string | undefined
        command.middlewareStack.add(
          (next) => async (args) => {
            const result = await next(args)
            date = (result.response as { headers: Record<string, string> }).headers.date
            return result
          },
          { step: 'deserialize', name: 'readDate' },
        )
        await client.send(command, within(timeouts.answerMs, signal))
        const now = new Date(stated(date))
        if (Number.isNaN(now.getTime())) throw new Error('the Date header cannot be read')
        return now
      }),

    close() {
      client.destroy()
      readClient.destroy()
      publicClient.destroy()
    },
  }
}

/** Whether an endpoint has a name without a dot, such as a container's: one that browsers cannot look up. */
function isPrivateName(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return false
  const { hostname } = new URL(endpoint)
  return /^[^.:[\]]+$/.test(hostname) && hostname !== 'localhost'
}
