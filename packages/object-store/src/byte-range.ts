import type { ByteRange } from './types.ts'

/** Throws a `TypeError` unless both ends are whole, not negative and in order. */
export function checkRange({ start, end }: ByteRange): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new TypeError('A byte range needs whole numbers with 0 <= start <= end.')
  }
}

/** Where to begin and how many bytes to read of an object of `bytes`. */
export function cutRange(range: ByteRange | undefined, bytes: number): { start: number; length: number } {
  if (range === undefined) return { start: 0, length: bytes }
  return { start: range.start, length: Math.max(0, Math.min(range.end + 1, bytes) - range.start) }
}
