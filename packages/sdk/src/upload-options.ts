import type { CallOptions } from './context.ts'

export interface Progress {
  /** Of the file, so far. */
  sentBytes: number
  totalBytes: number
}

/** Where the addresses of unfinished resumable uploads are kept, so that the next try goes on with them. */
export interface UploadUrls {
  get(key: string): string | undefined | Promise<string | undefined>
  set(key: string, url: string): unknown
  delete(key: string): unknown
}

export interface UploadOptions extends CallOptions {
  title?: string
  /** The file's own name unless told. */
  filename?: string
  onProgress?: (progress: Progress) => void
  /**
   * Whether a broken upload goes on where it stopped (tus). `auto`, unless told: files of 8 MiB and more.
   * Such an upload ends by reading the image, for which an API key needs `images:read` as well.
   */
  resumable?: boolean | 'auto'
  /** For resumable uploads: the browser's own storage unless told, and none in Node.js. */
  uploadUrls?: UploadUrls
  /** What the upload is kept under in `uploadUrls`: made of the file's name, type, size and time and the title unless told. */
  uploadKey?: string
  /** For uploads in one request: whoever sends it again gets the same image within a day. A fresh one unless told. */
  idempotencyKey?: string
}

/** The name that a file has by itself. */
export function nameOf(file: Blob): string {
  return 'name' in file && typeof file.name === 'string' && file.name !== '' ? file.name : 'picture'
}
