import type { Readable } from 'node:stream'

/** What is known of an object without reading it. */
export interface ObjectInfo {
  key: string
  /** Size of the whole object, also where only a range of it is read. */
  bytes: number
  /** By the store's own clock. */
  modifiedAt: Date
}

/** Both ends inclusive, as in HTTP's Range. What lies past the object's end is cut away. */
export interface ByteRange {
  start: number
  end: number
}

export interface PutOptions {
  /** The exact length of the body: a store never buffers to find it out. At most 5 GiB. */
  bytes: number
  /**
   * What presigned URLs answer as Content-Type. It is not given back by `get`
   * and `head`, since a folder has no safe place to keep it.
   */
  contentType: string
  signal?: AbortSignal
}

export interface GetOptions {
  range?: ByteRange
  signal?: AbortSignal
}

export interface GotObject extends ObjectInfo {
  /**
   * The whole object or the asked range: empty where the range starts at or
   * past the end (compare with `bytes`). The caller consumes or destroys it.
   * It never ends early in silence: a store that fails half way is an error.
   */
  body: Readable
  /** The same bytes where they are few (`SMALL_BYTES`): then they are at hand, and `body` need not be touched. */
  content?: Buffer
}

export interface ListOptions {
  after?: string | undefined
  signal?: AbortSignal | undefined
}

export interface PresignGetOptions {
  /** 1 to 604,800 (seven days, the limit of signature version 4). */
  expiresInSeconds: number
  /** Sent as Content-Disposition by the store. */
  contentDisposition?: string
  contentType?: string
}

export interface PostPolicyOptions {
  /** 1 to 604,800. */
  expiresInSeconds: number
  contentType: string
  /** The store refuses more than this, and an empty file. */
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
 * Keys are segments joined by `/`: well-formed Unicode without control
 * characters, no empty segment, no `.` or `..`, at most 255 bytes a segment and
 * 1024 in all, and `.tmp` is not a first segment. Any other is a `TypeError`,
 * as is a negative range. No key may be the folder of another (`a` beside
 * `a/b`): a folder cannot hold both.
 *
 * Faults of the store itself reject with `StoreUnavailable`, the caller's abort
 * with an `AbortError` whose cause is the signal's reason; a missing object is
 * an outcome, not an error.
 */
export interface ObjectStore {
  /**
   * Writes the whole object or nothing, over what was there: a reader sees no
   * half of it. When it resolves the object is durable. The body is consumed or
   * destroyed in every case; its own error rejects as it is, and a body that is
   * shorter or longer than `bytes` with `BodyLengthMismatch`.
   */
  put(key: string, body: Readable | Uint8Array, options: PutOptions): Promise<void>
  get(key: string, options?: GetOptions): Promise<GotObject | undefined>
  head(key: string, options?: { signal?: AbortSignal }): Promise<ObjectInfo | undefined>
  /** Deleting what is not there succeeds. */
  delete(key: string): Promise<void>
  /**
   * Deletes every object whose key starts with `prefix` and answers how many
   * there were. What is put meanwhile may stay. An empty prefix, which would
   * empty the store, is a `TypeError`.
   */
  deletePrefix(prefix: string): Promise<number>
  /**
   * In key order (by UTF-8 bytes), page by page: what is put or deleted
   * meanwhile may or may not appear. `after`: only what comes behind this key,
   * which need not be there.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>
  /** Copies inside the store, over what was at `toKey`; false where there is nothing at `fromKey`. */
  copy(fromKey: string, toKey: string): Promise<boolean>
  /** A URL that browsers reach, valid for a time; undefined where the store cannot (file) or they do not reach it. */
  presignGet(key: string, options: PresignGetOptions): Promise<string | undefined>
  presignPost(key: string, options: PostPolicyOptions): Promise<PostPolicy | undefined>
  /** Rejects with `StoreUnavailable` unless the store answers now; answers the time by the store's own clock. */
  ping(signal?: AbortSignal): Promise<Date>
  close(): void
}
