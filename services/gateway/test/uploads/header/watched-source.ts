import type { RandomAccess } from '../../../src/uploads/header/index.ts'

export interface WatchedSource extends RandomAccess {
  readonly reads: number
  readonly totalBytes: number
  /** What no reader may do, each a sentence: reading outside the file, or more than 64 KiB at once. */
  readonly violations: string[]
}

/** Bytes in memory that keep account of how they are read. */
export function watch(content: Buffer): WatchedSource {
  let reads = 0
  let totalBytes = 0
  const violations: string[] = []
  return {
    bytes: content.length,
    violations,
    get reads() {
      return reads
    },
    get totalBytes() {
      return totalBytes
    },
    async read(offset, length) {
      reads += 1
      totalBytes += length
      const whole = Number.isInteger(offset) && Number.isInteger(length)
      if (!whole || offset < 0 || length < 1 || offset + length > content.length) {
        violations.push(`read ${length} at ${offset} of ${content.length}`)
      }
      if (length > 65_536) violations.push(`read ${length} at once`)
      return Buffer.from(content.subarray(offset, offset + length))
    },
  }
}
