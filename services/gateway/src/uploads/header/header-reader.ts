import { DamagedHeader } from './damaged-header.ts'
import type { RandomAccess } from './random-access.ts'

/** The most that one read asks of the source, in bytes, whatever lengths a header names. */
export const MAX_READ_BYTES = 65_536

/** Headers are mostly read a few bytes on from the last ones: one disk read serves many small steps. */
const READ_AHEAD_BYTES = 4096

export interface HeaderLimits {
  /** Reads of the source. A JPEG's largest ICC profile takes 255 seeks, a long extended XMP some hundreds. */
  maxReads: number
  /** Bytes read from the source in sum. */
  maxTotalBytes: number
  /** Fields looked at. Ends walks through very many very small segments, which cost time and few reads. */
  maxSteps: number
}

export const DEFAULT_LIMITS: HeaderLimits = {
  maxReads: 2048,
  maxTotalBytes: 16 * 1024 ** 2,
  maxSteps: 65_536,
}

/** Reads within a budget. */
export interface HeaderReader {
  /** The length of the whole file, in bytes. */
  readonly bytes: number
  /**
   * Exactly `length` bytes (at most `MAX_READ_BYTES`) at `offset`.
   * Throws DamagedHeader where the file ends before that or the budget is spent.
   */
  at(offset: number, length: number): Promise<Buffer>
}

/** Puts a budget and a small read-ahead window before a source. An aborted `signal` rejects the next read. */
export function createHeaderReader(
  source: RandomAccess,
  limits: HeaderLimits,
  signal?: AbortSignal,
): HeaderReader {
  let windowStart = 0
  let window: Buffer = Buffer.alloc(0)
  let reads = 0
  let totalBytes = 0
  let steps = 0

  async function fill(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, READ_AHEAD_BYTES), source.bytes - offset)
    reads += 1
    totalBytes += wanted
    if (reads > limits.maxReads || totalBytes > limits.maxTotalBytes) {
      throw new DamagedHeader('The header is spread over more of the file than is ever needed.')
    }
    signal?.throwIfAborted()
    window = await source.read(offset, wanted)
    windowStart = offset
  }

  return {
    bytes: source.bytes,
    async at(offset, length) {
      if (length > MAX_READ_BYTES) throw new RangeError(`A step reads at most ${MAX_READ_BYTES} bytes`)
      steps += 1
      if (steps > limits.maxSteps) throw new DamagedHeader('The header has more parts than are ever needed.')
      if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > source.bytes) {
        throw new DamagedHeader('The header points past the end of the file.')
      }
      if (offset < windowStart || offset + length > windowStart + window.length) await fill(offset, length)
      if (offset + length > windowStart + window.length) {
        throw new DamagedHeader('The file ends inside its header.')
      }
      return window.subarray(offset - windowStart, offset - windowStart + length)
    },
  }
}
