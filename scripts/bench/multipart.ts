import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { Picture } from './pictures.ts'

/** What goes around a file's bytes in a body that uploads it. */
export interface MultipartFrame {
  contentType: string
  head: Buffer
  tail: Buffer
}

export function multipartFrame(): MultipartFrame {
  const boundary = `bench-${randomBytes(12).toString('hex')}`
  const head = [
    `--${boundary}`,
    'content-disposition: form-data; name="file"; filename="photo.jpg"',
    'content-type: image/jpeg',
    '',
    '',
  ].join('\r\n')
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    head: Buffer.from(head),
    tail: Buffer.from(`\r\n--${boundary}--\r\n`),
  }
}

/** Writes the whole body of an upload to a file, for loads that send it again and again. */
export async function writeUpload(
  picture: Picture,
): Promise<{ bodyFile: string; headers: Record<string, string> }> {
  const { contentType, head, tail } = multipartFrame()
  const bodyFile = `${picture.path}.upload`
  await writeFile(bodyFile, Buffer.concat([head, await readFile(picture.path), tail]))
  return { bodyFile, headers: { 'content-type': contentType } }
}
