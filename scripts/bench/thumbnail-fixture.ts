import { readFile } from 'node:fs/promises'
import type { ImageBody, TestUser } from '@tintype/testkit'
import type { Context } from './bench.ts'
import { serveBeside } from './beside/run.ts'
import type { Product } from './product.ts'

export interface ThumbnailFixture {
  user: TestUser
  image: ImageBody
  /** Of its thumbnail. */
  objectKey: string
  bytes: number
  /** A bare server: `/object` is the thumbnail's bytes, everything else 404. */
  bareUrl: string
}

/** High enough that a generated picture's thumbnail has about 20 kB. */
export const THUMBNAIL_HEIGHT_PX = 600
const MEGAPIXELS = 6

/** One picture with its thumbnail made, and the same bytes on a bare server beside it. Its maker's worker has ended. */
export async function createThumbnail(context: Context, product: Product): Promise<ThumbnailFixture> {
  const { users } = await product.createUsers(1, { thumbnailHeights: [THUMBNAIL_HEIGHT_PX] })
  const [user] = users
  if (user === undefined) throw new Error('there is no user')
  const picture = await context.pictures.jpeg(MEGAPIXELS)
  const worker = await product.start('worker')
  const accepted = await user.client.uploadOne({ filename: 'photo.jpg', bytes: await readFile(picture.path) })
  const image = await user.client.waitUntilSettled(accepted.id)
  await worker.stop()
  const [row] = await product.sql<{ key: string; bytes: string }[]>`
    SELECT object_key AS key, bytes FROM renditions WHERE image_id = ${image.id}`
  if (row === undefined) throw new Error(`the image is ${image.state}, without a thumbnail`)
  const bare = await serveBeside(context, 'bare-server', {
    STORE_URL: product.storeUrl,
    OBJECT_KEY: row.key,
  })
  context.teardown(() => bare.child.stop())
  return { user, image, objectKey: row.key, bytes: Number(row.bytes), bareUrl: bare.url }
}
