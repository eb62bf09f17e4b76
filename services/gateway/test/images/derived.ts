import { publishRenditions } from '@tintype/database'
import { renditionKey, thumbnailName, uuidv7 } from '@tintype/domain'
import { type Client, type ImageBody, photo } from '@tintype/testkit'
import type { TestGateway } from '../gateway.ts'

/** An uploaded picture of 64 × 48 pixels. */
export async function uploadPicture(
  client: Client,
  { filename = 'picture.jpg', title }: { filename?: string; title?: string } = {},
): Promise<ImageBody & { content: Buffer }> {
  const content = await photo({ width: 64, height: 48 })
  const image = await client.uploadOne({
    filename,
    bytes: content,
    ...(title === undefined ? {} : { title }),
  })
  return { ...image, content }
}

/** Does what a worker does: bytes to the store, then the rows. The bytes are text, to be told apart. */
export async function derive(
  gateway: TestGateway,
  imageId: string,
  heights: number[],
): Promise<Map<number, Buffer>> {
  const contents = new Map<number, Buffer>()
  const files = []
  for (const height of heights) {
    const content = Buffer.from(`thumbnail ${height} of ${imageId}, ${uuidv7()}`)
    const name = thumbnailName(height)
    const key = renditionKey(imageId, name, uuidv7(), 'jpg')
    await gateway.store.put(key, content, { bytes: content.length, contentType: 'image/jpeg' })
    files.push({ name, key, format: 'jpeg' as const, width: 4, height: 3, bytes: content.length })
    contents.set(height, content)
  }
  await publishRenditions(gateway.database, imageId, { width: 64, height: 48, thumbhash: 'AAAA', files })
  return contents
}
