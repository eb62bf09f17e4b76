import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Session } from './api.ts'

/** A drawing of ours. */
export const SAMPLE_PICTURE = fileURLToPath(new URL('sample.jpg', import.meta.url))

const LINK_SECONDS = 3600

/**
 * Puts the sample picture through the real API, once in the life of a data
 * folder, and only where no picture is yet.
 * @returns a link to its thumbnail that expires in an hour, if it was done now.
 */
export async function putFirstPicture(session: Session, dataDir: string): Promise<string | undefined> {
  const marker = join(dataDir, 'first-picture.json')
  if (existsSync(marker)) return undefined
  if (await session.hasImages()) {
    writeFileSync(marker, '{}\n', { mode: 0o600 })
    return undefined
  }
  const id = await session.upload(SAMPLE_PICTURE, 'image/jpeg')
  const link = await session.createLink(id, 'h200', LINK_SECONDS)
  writeFileSync(marker, `${JSON.stringify({ imageId: id })}\n`, { mode: 0o600 })
  return link
}
