import { randomBytes } from 'node:crypto'
import { type Client, endsUpload, type Image, TintypeError } from '@tintype/sdk'
import { fileFromPath } from '@tintype/sdk/node'
import type { Display } from './display.ts'
import { fatalExit } from './exit.ts'
import type { Found } from './files.ts'
import type { Entry, FileIdentity, Journal } from './journal.ts'
import { createSlots, forEach } from './pool.ts'

/** What became of one file. */
export interface Result {
  path: string
  /** `present`: an earlier run uploaded it. `skipped`: a folder held it, and it is no picture. */
  status: 'uploaded' | 'present' | 'skipped' | 'failed'
  id?: string
  state?: Image['state']
  error?: { code: string; message: string }
}

export interface Batch {
  client: Client
  journal: Journal
  display: Display
  concurrency: number
  wait: boolean
  title?: string | undefined
  signal: AbortSignal
  /** One is safe on the server, though it may not be ready. */
  onSafe(): void
  onResult(result: Result): void
}

export type UploadableFile = Extract<Found, { outcome: 'file' }>

/** What a file is on the server. */
interface Kept {
  image: Image
  status: 'uploaded' | 'present'
}

/** Waits at once: each asks now and then where the server has no events. */
const WAITS = 16
/** What the server says of files that are no pictures. */
const NO_PICTURE = new Set(['TT_FORMAT_NOT_ACCEPTED', 'TT_FILE_EMPTY'])

/**
 * Uploads files, some at once. What the journal knows is not sent again, and
 * what it knows to have been begun is gone on with under the same key.
 *
 * @throws what no other file would go better with; what is under way is stopped then.
 */
export async function uploadFiles(files: UploadableFile[], batch: Batch): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([batch.signal, stop.signal])
  const takeSlot = createSlots(WAITS)
  const waits: Promise<void>[] = []
  let fatal: unknown

  /** `kept`: what it is already, whatever comes of waiting for it. */
  async function settle(file: UploadableFile, work: () => Promise<void>, kept?: Kept): Promise<void> {
    try {
      signal.throwIfAborted()
      await work()
    } catch (error) {
      if (!signal.aborted && fatalExit(error) !== undefined) {
        fatal = error
        stop.abort(error)
      }
      if (signal.aborted) {
        if (kept !== undefined) report(file, kept)
        return
      }
      const refusal = refusalOf(error, file)
      batch.display.report(file.path, refusal.status, refusal.error.message)
      batch.onResult({ path: file.path, ...(kept === undefined ? {} : { id: kept.image.id }), ...refusal })
    }
  }

  function report({ path }: UploadableFile, { status, image: { id, state } }: Kept): void {
    batch.onResult({ path, status, id, state })
  }

  await forEach(files, batch.concurrency, (file) =>
    settle(file, async () => {
      const progress = batch.display.begin(file.path, file.bytes)
      const uploading = uploadOne(file, { ...batch, signal }, (sent) => progress.sent(sent))
      const kept = await uploading.finally(() => progress.end())
      const { image, status } = kept
      batch.display.report(file.path, status)
      batch.onSafe()
      if (!batch.wait) return report(file, kept)
      const wait = () => batch.client.images.waitUntilReady(image.id, { signal })
      waits.push(
        settle(
          file,
          async () => {
            report(file, { status, image: image.state === 'ready' ? image : await takeSlot(wait) })
            batch.display.ready()
          },
          kept,
        ),
      )
    }),
  )
  await Promise.all(waits)
  if (fatal !== undefined) throw fatal
  batch.signal.throwIfAborted()
}

async function uploadOne(
  file: UploadableFile,
  { client, journal, title, signal }: Batch,
  onSent: (bytes: number) => void,
): Promise<Kept> {
  const identity: FileIdentity = { ...file, title }
  const known = journal.find(identity)
  const present = known?.imageId === undefined ? undefined : await findImage(client, known.imageId)
  if (present !== undefined) return { image: present, status: 'present' }

  const begun = known?.imageId === undefined ? known : undefined
  const entry: Entry = begun ?? { at: Date.now(), key: randomBytes(16).toString('hex') }
  // Before it is sent: a lost answer is asked for again under the same key.
  if (begun === undefined) await journal.record(identity, entry)
  try {
    const image = await client.images.upload(await fileFromPath(file.path), {
      idempotencyKey: entry.key,
      uploadUrls: {
        get: () => entry.uploadUrl,
        async set(_key, url) {
          entry.uploadUrl = url
          await journal.record(identity, entry)
        },
        delete: () => undefined,
      },
      onProgress: ({ sentBytes }) => onSent(sentBytes),
      signal,
      ...(title === undefined ? {} : { title }),
    })
    await journal.record(identity, { at: Date.now(), key: entry.key, imageId: image.id })
    return { image, status: 'uploaded' }
  } catch (error) {
    if (endsUpload(error)) await journal.forget(identity)
    throw error
  }
}

/** Of its owner's that an earlier run made; it may be deleted since. */
async function findImage(client: Client, id: string): Promise<Image | undefined> {
  try {
    return await client.images.get(id)
  } catch (error) {
    if (error instanceof TintypeError && error.statusCode === 404) return undefined
    throw error
  }
}

function refusalOf(error: unknown, { isNamed }: UploadableFile) {
  const { name, message: told } = error as Error
  const message = name === 'NotReadableError' ? 'it was changed while it was sent' : told
  const code = error instanceof TintypeError ? error.code : 'FILE'
  const status = !isNamed && NO_PICTURE.has(code) ? ('skipped' as const) : ('failed' as const)
  return { status, error: { code, message } }
}
