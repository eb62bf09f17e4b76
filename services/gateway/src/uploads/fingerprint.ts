import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import { finished } from 'node:stream/promises'
import { filesOf, isBroken, type Parts, whyBrokenOff } from './parts.ts'

/** What a file part is known by beside its bytes. */
interface PartNames {
  fieldname: string
  filename: string
  title: string
}

/** Tells one request's files from another's, whatever they are cut into on the way and whatever boundary parts them. */
export interface Fingerprint {
  /** The part's stream, to be read in place of `stream`, and to its end. */
  follow(names: PartNames, stream: Readable): Readable
  /** Of all files followed, in their order, as a SHA-256 in hex. Waits for those that are still read. */
  digest(): Promise<string>
}

export function createFingerprint(): Fingerprint {
  const parts: Promise<string>[] = []
  return {
    follow({ fieldname, filename, title }, stream) {
      const hash = createHash('sha256')
      const followed = new Transform({
        transform(chunk, _encoding, done) {
          hash.update(chunk)
          done(null, chunk)
        },
      })
      // Its failure is that of whoever reads on; the digest of a body that broke off is asked by nobody.
      stream.on('error', (error) => followed.destroy(error))
      const ended = finished(followed, { readable: false }).then(() =>
        JSON.stringify([fieldname, filename, title, hash.digest('hex')]),
      )
      ended.catch(() => {})
      parts.push(ended)
      return stream.pipe(followed)
    },
    async digest() {
      const lines = await Promise.all(parts)
      return createHash('sha256').update(lines.join('\n')).digest('hex')
    },
  }
}

/** Reads a request's files for nothing but their fingerprint. @throws BodyTruncated or UploadTooSlow. */
export async function fingerprintOf(parts: Parts): Promise<string> {
  const fingerprint = createFingerprint()
  try {
    for await (const { part, ...names } of filesOf(parts)) {
      const stream = fingerprint.follow(names, part.file)
      await finished(stream.resume())
    }
  } catch (error) {
    const reason = whyBrokenOff(error)
    // What came after too many parts was not read the first time either.
    if (isBroken(reason)) throw reason
  }
  return fingerprint.digest()
}
