import type { paths } from './api.ts'
import { bodyOf, type CallOptions, type Context } from './context.ts'
import { type Download, type DownloadOptions, download } from './download.ts'
import { createPages } from './pages.ts'
import { eitherOf } from './pause.ts'
import { createTurns } from './turns.ts'
import type { DeletionResult, Image, QueryOf } from './types.ts'
import { upload } from './upload.ts'
import type { UploadOptions } from './upload-options.ts'
import { type WaitOptions, waitUntilReady } from './wait.ts'

export type ImageFilter = Omit<QueryOf<paths['/v1/images']['get']>, 'cursor'>
export type ConversionFormat = 'jpeg' | 'png' | 'webp' | 'avif'
/** The server takes eight of one user's; other programs of theirs want some too. */
const UPLOADS_AT_ONCE = 6
/** As many as one request deletes. */
const DELETIONS = 1000

export function createImages(context: Context) {
  const { api } = context
  const one = (id: string) => ({ params: { path: { id } } })
  const fileOf = (id: string, rest: string) => `/v1/images/${encodeURIComponent(id)}/${rest}`

  const inTurn = createTurns(UPLOADS_AT_ONCE)

  return {
    /**
     * Uploads one picture: it is safe when this answers, and ready when `waitUntilReady` does. Any number may be
     * asked for: six are sent at once, the others wait.
     */
    upload: (file: Blob, options?: UploadOptions) =>
      inTurn(() => upload(context, file, options), eitherOf(context.signal, options?.signal)),
    waitUntilReady: (id: string, options?: WaitOptions) => waitUntilReady(context, id, options),
    /** Own images, newest first: `for await (const image of client.images.list())`. */
    list(filter: ImageFilter = {}, { signal }: CallOptions = {}) {
      return createPages((cursor) =>
        bodyOf(
          api.GET('/v1/images', { params: { query: { ...filter, ...cursor } }, signal: signal ?? null }),
        ),
      )
    },
    get: (id: string): Promise<Image> => bodyOf(api.GET('/v1/images/{id}', one(id))),
    update: (id: string, body: { title?: string; filename?: string }): Promise<Image> =>
      bodyOf(api.PATCH('/v1/images/{id}', { ...one(id), body })),
    delete: (id: string): Promise<void> => bodyOf<never>(api.DELETE('/v1/images/{id}', one(id))),
    /** What became of each, in their order. */
    async deleteMany(ids: string[]): Promise<DeletionResult[]> {
      const results: DeletionResult[] = []
      for (let from = 0; from < ids.length; from += DELETIONS) {
        const body = { ids: ids.slice(from, from + DELETIONS) }
        results.push(...(await bodyOf(api.POST('/v1/images/delete', { body }))).items)
      }
      return results
    },
    /** The uploaded file, byte for byte. */
    original: (id: string, options?: DownloadOptions): Promise<Download> =>
      download(context, fileOf(id, 'original'), options),
    /** A thumbnail at most so many pixels high. */
    thumbnail: (id: string, height: number, options?: DownloadOptions): Promise<Download> =>
      download(context, fileOf(id, `thumbnails/${height}`), options),
    /** The whole picture in another format. */
    conversion: (id: string, format: ConversionFormat, options?: DownloadOptions): Promise<Download> =>
      download(context, fileOf(id, `conversions/${format}`), options),
  }
}
