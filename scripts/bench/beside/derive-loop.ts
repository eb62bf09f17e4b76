// The limit of deriving: get, one decode, both heights, put, in one process.
// No queue, no database, no child process, no care for what a stranger may have sent.

import { buffer } from 'node:stream/consumers'
import { createObjectStore } from '@tintype/object-store'
import sharp from 'sharp'
import { forEach, readTask } from './task.ts'

export interface DeriveLoopTask {
  storeUrl: string
  keys: string[]
  prefix: string
  atOnce: number
  /** Whether bytes are held and what is made is thrown away: what the pixels alone would reach. */
  pixelsAlone: boolean
}

sharp.cache(false)
sharp.concurrency(1)

const task = await readTask<DeriveLoopTask>()
const store = await createObjectStore(task.storeUrl)
const [first = ''] = task.keys
const held = await get(first)
// Code and connections are warm in the worker too.
await forEach(task.keys.slice(0, task.atOnce * 2), task.atOnce, handle)
const startedAt = performance.now()
await forEach(task.keys, task.atOnce, handle)
const seconds = (performance.now() - startedAt) / 1000
store.close()
console.log(JSON.stringify({ imagesPerSecond: task.keys.length / seconds }))

async function handle(key: string): Promise<void> {
  const files = await derive(task.pixelsAlone ? held : await get(key))
  if (task.pixelsAlone) return
  await Promise.all(
    files.map(({ name, data }) =>
      store.put(`${task.prefix}${key}/${name}.jpg`, data, { bytes: data.length, contentType: 'image/jpeg' }),
    ),
  )
}

async function derive(original: Buffer): Promise<{ name: string; data: Buffer }[]> {
  const decoded = await sharp(original, { failOn: 'error', autoOrient: true })
    .resize({ height: 400 })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = decoded.info
  const pixels = () => sharp(decoded.data, { raw: { width, height, channels } })
  return [
    { name: 'h400', data: await pixels().jpeg({ quality: 80 }).toBuffer() },
    { name: 'h200', data: await pixels().resize({ height: 200 }).jpeg({ quality: 80 }).toBuffer() },
  ]
}

async function get(key: string): Promise<Buffer> {
  const object = await store.get(key)
  if (object === undefined) throw new Error(`${key} is not in the store`)
  return buffer(object.body)
}
