import type { Readable } from 'node:stream'

/** What is known of an object without reading it. */
export interface ObjectInfo {
  key: string
  bytes: number
  /** By the store's own clock. */
  modifiedAt: Date
  contentType: string
}

export interface ListedObject {
  key: string
  bytes: number
  modifiedAt: Date
}

/** Both ends inclusive, as in HTTP's Range. `end` past the object's end is cut to it. */
export interface ByteRange {
  start: number
  end: number
}

export interface PutOptions {
  /** The exact length of the body: a store never buffers to find it out. */
  bytes: number
  contentType: string
  signal?: AbortSignal
}

export interface GetOptions {
  range?: ByteRange
  signal?: AbortSignal
}

export interface GotObject extends ObjectInfo {
  /** The whole object or the asked range. The caller consumes or destroys it. */
  body: Readable
}

export interface PresignGetOptions {
  expiresInSeconds: number
  /** Sent as Content-Disposition by the store. */
  contentDisposition?: string
  contentType?: string
}

export interface PostPolicyOptions {
  expiresInSeconds: number
  contentType: string
  maxBytes: number
}

export interface PostPolicy {
  url: string
  /** Form fields to send before the `file` field. */
  fields: Record<string, string>
}

/**
 * Bytes by key. Every implementation passes `test/contract.ts`.
 *
 * Faults of the store itself reject with `StoreUnavailable`; a missing object
 * is an outcome, not an error.
 */
export interface ObjectStore {
  /** Writes the whole object or nothing: a reader sees no half of it, also when the body ends early (rejects) or `signal` aborts. */
  put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<void>
  get(key: string, options?: GetOptions): Promise<GotObject | undefined>
  head(key: string, options?: { signal?: AbortSignal }): Promise<ObjectInfo | undefined>
  /** Deleting what is not there succeeds. */
  delete(key: string): Promise<void>
  /** Deletes every object whose key starts with `prefix` and answers how many there were. */
  deletePrefix(prefix: string): Promise<number>
  /** In key order, page by page. */
  list(prefix: string, options?: { signal?: AbortSignal }): AsyncIterable<ListedObject>
  copy(fromKey: string, toKey: string): Promise<void>
  /** A URL that browsers reach, valid for a time; undefined where the store cannot (file). */
  presignGet(key: string, options: PresignGetOptions): Promise<string | undefined>
  presignPost(key: string, options: PostPolicyOptions): Promise<PostPolicy | undefined>
  /** Rejects with `StoreUnavailable` unless the store answers now. */
  ping(signal?: AbortSignal): Promise<void>
  close(): void
}
