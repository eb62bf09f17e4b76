import type { Test } from 'tap'
import { type HeaderOutcome, type ImageHeader, readImageHeader } from '../../../src/uploads/header/index.ts'
import { watch } from './watched-source.ts'

export async function outcomeOf(content: Buffer): Promise<HeaderOutcome> {
  return readImageHeader(watch(content))
}

/** Expects an image with exactly this header; `claimedPixels` is the canvas's area unless given. */
export async function isImage(
  t: Test,
  content: Buffer,
  header: Omit<ImageHeader, 'claimedPixels'> & { claimedPixels?: number },
  message = 'the header is read',
): Promise<void> {
  const claimedPixels = header.width * header.height
  t.strictSame(await outcomeOf(content), { outcome: 'image', header: { claimedPixels, ...header } }, message)
}

/** Expects damage whose sentence matches. */
export async function isDamaged(
  t: Test,
  content: Buffer,
  detail: RegExp,
  message = 'the damage is seen',
): Promise<void> {
  t.match(await outcomeOf(content), { outcome: 'damaged', detail }, message)
}

/** Expects every beginning of `content` shorter than its header to be refused, and no more than that. */
export async function needsAllOf(t: Test, content: Buffer, headerBytes = content.length): Promise<void> {
  const accepted: number[] = []
  for (let bytes = 0; bytes < content.length; bytes++) {
    if ((await outcomeOf(content.subarray(0, bytes))).outcome === 'image') accepted.push(bytes)
  }
  const expected = Array.from({ length: content.length - headerBytes }, (_, index) => headerBytes + index)
  t.strictSame(accepted, expected, 'a header cut short at any byte is refused')
}
