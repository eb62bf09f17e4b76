import { once } from 'node:events'
import type { Readable } from 'node:stream'
import ZipStream from 'zip-stream'
import type { ArchivedFile } from './contents.ts'

/**
 * A Zip of files that are asked for one by one, stored as they are: pictures
 * do not get smaller. Zip64 where it must be. It goes as fast as it is read;
 * ended early, it ends what it reads from. A file that fails ends it with that
 * error, so that what was cut does not look whole.
 */
export function zipOf(files: AsyncIterable<ArchivedFile>): Readable {
  const zip = new ZipStream({ store: true })
  const closed = once(zip, 'close').then(() => {
    throw new Error('the archive was closed')
  })
  closed.catch(() => {})

  async function pump(): Promise<void> {
    for await (const { name, modifiedAt, body } of files) {
      try {
        await Promise.race([closed, add(zip, body, { name, date: modifiedAt })])
      } finally {
        body.destroy()
      }
    }
    zip.finalize()
  }
  pump().catch((error: Error) => zip.destroy(error))
  return zip
}

function add(zip: ZipStream, body: Readable, entry: { name: string; date: Date }): Promise<void> {
  return new Promise((resolve, reject) => {
    // At once: the entry itself would be written to its end first.
    body.once('error', reject)
    zip.entry(body, entry, (error) => (error == null ? resolve() : reject(error)))
  })
}
