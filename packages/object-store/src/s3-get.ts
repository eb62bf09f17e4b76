import type { Readable } from 'node:stream'
import { buffer as collect } from 'node:stream/consumers'
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { checkRange } from './byte-range.ts'
import { calling, StoreUnavailable } from './errors.ts'
import { watchedBody } from './s3-body.ts'
import { isMissing, isRangeNotSatisfiable, type S3Timeouts, within } from './s3-client.ts'
import { SMALL_BYTES, smallObject } from './small-object.ts'
import type { GetOptions, GotObject, ObjectInfo } from './types.ts'

interface Read {
  client: S3Client
  bucket: string
  key: string
  timeouts: S3Timeouts
}

export function headObject(read: Read, signal: AbortSignal | undefined): Promise<ObjectInfo | undefined> {
  const { client, bucket, key, timeouts } = read
  return calling('head', signal, async () => {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
    const answer = await unlessMissing(client.send(command, within(timeouts.answerMs, signal)))
    return answer && { key, bytes: stated(answer.ContentLength), modifiedAt: stated(answer.LastModified) }
  })
}

export async function getObject(read: Read, options: GetOptions): Promise<GotObject | undefined> {
  const { range, signal } = options
  if (range) checkRange(range)
  const answer = await requestObject(read, options)
  if (answer === undefined) return undefined
  if (answer === 'past the end') return emptyRange(read, options)
  const source = answer.Body as Readable
  try {
    const bytes = range ? bytesOfRanged(answer) : stated(answer.ContentLength)
    const modifiedAt = stated(answer.LastModified)
    const info = { key: read.key, bytes, modifiedAt }
    const body = watchedBody(source, read.timeouts.answerMs, signal)
    if (stated(answer.ContentLength) > SMALL_BYTES) return { ...info, body }
    return smallObject(info, await collect(body))
  } catch (error) {
    source.destroy()
    throw error
  }
}

function requestObject(
  { client, bucket, key, timeouts }: Read,
  { range, signal }: GetOptions,
): Promise<GetObjectCommandOutput | 'past the end' | undefined> {
  return calling('get', signal, async () => {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(range && { Range: `bytes=${range.start}-${range.end}` }),
    })
    try {
      return await unlessMissing(client.send(command, within(timeouts.answerMs, signal)))
    } catch (error) {
      if (range && isRangeNotSatisfiable(error)) return 'past the end'
      throw error
    }
  })
}

/** The refusal of a range does not say how long the object is. */
async function emptyRange(read: Read, options: GetOptions): Promise<GotObject | undefined> {
  const info = await headObject(read, options.signal)
  if (info === undefined) return undefined
  // A longer object has been put since: now the range has bytes.
  if (options.range && options.range.start < info.bytes) return getObject(read, options)
  return smallObject(info, Buffer.alloc(0))
}

/** The whole object's size from the answer to a range request: `bytes 0-9/1234`. */
function bytesOfRanged({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(ContentRange ?? '')?.[1]
  if (total !== undefined) return Number(total)
  // An empty object has no range to answer with.
  if (ContentLength === 0) return 0
  throw new StoreUnavailable('get', new Error('the store ignored the range'))
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** What every S3 server states, though the SDK's types leave it open. */
export function stated<T>(value: T | undefined): T {
  if (value === undefined) throw new StoreUnavailable('describe an object', new Error('a field is missing'))
  return value
}
