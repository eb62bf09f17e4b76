import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { type Entry, fromBuffer, type Options, type ZipFile } from 'yauzl'

export interface ZipEntry {
  name: string
  bytes: Buffer
}

/** Reads a Zip by its central directory, as unzip does, and checks each entry's sum. @throws where it is not whole. */
export async function readZip(zip: Buffer): Promise<ZipEntry[]> {
  const file = await promisify<Buffer, Options, ZipFile>(fromBuffer)(zip, { lazyEntries: true })
  const found = await new Promise<Entry[]>((resolve, reject) => {
    const entries: Entry[] = []
    file.on('entry', (entry: Entry) => {
      entries.push(entry)
      file.readEntry()
    })
    file.on('end', () => resolve(entries))
    file.on('error', reject)
    file.readEntry()
  })
  const open = promisify<Entry, NodeJS.ReadableStream>(file.openReadStream.bind(file))
  const read: ZipEntry[] = []
  for (const entry of found) {
    const chunks: Buffer[] = []
    for await (const chunk of await open(entry)) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    if (crc32(bytes) !== entry.crc32) throw new Error(`${entry.fileName} is damaged`)
    read.push({ name: entry.fileName, bytes })
  }
  return read
}
