/** What is used of zip-stream, which ships no types: an image is built without development packages. */
declare module 'zip-stream' {
  import type { Readable, Transform } from 'node:stream'

  export default class ZipStream extends Transform {
    /** @param options.store entries are kept as they are, not deflated. */
    constructor(options: { store: boolean })
    /** Writes an entry; the callback comes when it is written, or could not be. */
    entry(
      source: Readable,
      entry: { name: string; date: Date },
      callback: (error?: Error | null) => void,
    ): this
    /** Writes the directory and ends the stream. */
    finalize(): void
  }
}
