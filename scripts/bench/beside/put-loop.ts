// The limit of accepting: the same bytes put to the same store, by one process, and nothing else.

import { readFile } from 'node:fs/promises'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createFileStore, parseStoreUrl, type StoreLocation } from '@tintype/object-store'
import { quantile } from '../statistics.ts'
import { readTask } from './task.ts'

export interface PutLoopTask {
  storeUrl: string
  path: string
  atOnce: number
  seconds: number
}

export interface PutLoopFigures {
  putsPerSecond: number
  p50Ms: number
  p99Ms: number
}

const task = await readTask<PutLoopTask>()
const bytes = await readFile(task.path)
const put = await putInto(parseStoreUrl(task.storeUrl))
const tookMs: number[] = []
let count = 0

await Promise.all(Array.from({ length: task.atOnce }, () => put(nextKey())))
const startedAt = performance.now()
const deadline = startedAt + task.seconds * 1000
await Promise.all(Array.from({ length: task.atOnce }, lane))
const seconds = (performance.now() - startedAt) / 1000
const figures: PutLoopFigures = {
  putsPerSecond: tookMs.length / seconds,
  p50Ms: quantile(tookMs, 0.5),
  p99Ms: quantile(tookMs, 0.99),
}
console.log(JSON.stringify(figures))
process.exit()

async function lane(): Promise<void> {
  while (performance.now() < deadline) {
    const beganAt = performance.now()
    await put(nextKey())
    tookMs.push(performance.now() - beganAt)
  }
}

function nextKey(): string {
  count += 1
  return `bench/${process.pid}/${count}`
}

/** The SDK itself, as its users call it; a folder has no other client than ours. */
async function putInto(location: StoreLocation): Promise<(key: string) => Promise<unknown>> {
  if (location.kind === 'file') {
    const store = await createFileStore(location.root)
    return (key) => store.put(key, bytes, { bytes: bytes.length, contentType: 'image/jpeg' })
  }
  const { region, credentials, endpoint, bucket } = location
  const client = new S3Client({
    region,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(credentials && { credentials }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  })
  return (Key) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: bytes, ContentType: 'image/jpeg' }))
}
