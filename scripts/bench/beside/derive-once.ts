// The limit of waiting for a picture: sharp alone on that file, from the disk, both heights.

import sharp from 'sharp'
import { readTask } from './task.ts'

export interface DeriveOnceTask {
  path: string
  times: number
}

sharp.cache(false)
sharp.concurrency(1)

const task = await readTask<DeriveOnceTask>()
const tookMs: number[] = []
await derive()
for (let at = 0; at < task.times; at += 1) {
  const startedAt = performance.now()
  await derive()
  tookMs.push(performance.now() - startedAt)
}
console.log(JSON.stringify({ tookMs }))

async function derive(): Promise<void> {
  const decoded = await sharp(task.path, { failOn: 'error', autoOrient: true })
    .resize({ height: 400 })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const { width, height, channels } = decoded.info
  const pixels = () => sharp(decoded.data, { raw: { width, height, channels } })
  await pixels().jpeg({ quality: 80 }).toBuffer()
  await pixels().resize({ height: 200 }).jpeg({ quality: 80 }).toBuffer()
}
