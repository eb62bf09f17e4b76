import type { FailureCode, RenditionFormat, RenditionName } from '@tintype/domain'

/** What a decoder child is asked. Ids and keys only: pixels never cross between processes. */
export interface DeriveJob {
  imageId: string
  originalKey: string
  /** May be empty: the picture is then decoded for its size, thumbhash and soundness alone. */
  wants: RenditionName[]
  /** Most pixels the decoder may open, from the owner's tier. */
  maxPixels: number
  /** Most pixels that are encoded as AVIF, which takes some 250 ms and 35 MB a megapixel. */
  avifMaxPixels: number
  /** Makes the keys of this derivation new ones (see `renditionKey`). */
  generation: string
}

/** A rendition whose bytes are whole in the store under `key`. */
export interface StoredRendition {
  name: RenditionName
  format: RenditionFormat
  width: number
  height: number
  bytes: number
  key: string
}

/** What cannot be made of a sound picture, on any try. */
export interface Refusal {
  name: RenditionName
  code: FailureCode
}

/** The file's own fault: the same on every try. */
export interface BadInput {
  outcome: 'bad-input'
  code: FailureCode
  /** For logs and administrators; names no path. */
  detail: string
}

export type DeriveOutcome =
  | {
      outcome: 'derived'
      /** Of the picture as seen, in pixels: after its orientation is applied. */
      width: number
      height: number
      /** Base64. */
      thumbhash: string
      renditions: StoredRendition[]
      refused: Refusal[]
    }
  | BadInput
  /** The store has no object under the original's key. */
  | { outcome: 'missing' }
  /**
   * Worth another try. `unforeseen`: neither the store's nor the machine's fault,
   * so that it may come at every try.
   */
  | { outcome: 'fault'; message: string; unforeseen?: true }

/** What the parent sends. */
export interface DeriveRequest {
  id: number
  job: DeriveJob
}

/**
 * What a child sends: once that it has started, then one answer a request.
 * Before that, when it has the original and begins to decode it, and when it has
 * the renditions and begins to store them.
 */
export type ChildMessage =
  | { kind: 'ready' }
  | { kind: 'decoding'; id: number }
  | { kind: 'decoded'; id: number }
  | { kind: 'answer'; id: number; outcome: DeriveOutcome; rssBytes: number }
