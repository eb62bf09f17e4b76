import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'

/**
 * A file on disk, to be uploaded: it is read as it is sent, and never as a
 * whole. Its name and time are the file's own.
 */
export async function fileFromPath(path: string): Promise<File> {
  const [blob, { mtimeMs }] = await Promise.all([openAsBlob(path), stat(path)])
  return new File([blob], basename(path), { lastModified: Math.round(mtimeMs) })
}
