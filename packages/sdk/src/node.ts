import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'

/**
 * A file on disk, to be uploaded: it is read as it is sent, and never as a
 * whole. Its name and time are the file's own.
 * @throws what the system says of a path that cannot be read, with the path in it.
 */
export async function fileFromPath(path: string): Promise<File> {
  const about = await stat(path)
  if (!about.isFile()) throw new Error(`${path} is no file`)
  const { mtimeMs } = about
  const blob = await openAsBlob(path)
  return new File([blob], basename(path), { lastModified: Math.round(mtimeMs) })
}
