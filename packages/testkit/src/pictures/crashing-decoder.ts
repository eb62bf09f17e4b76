import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import type { Sharp } from 'sharp'
import { MARK_WITHIN_BYTES, MARKS } from './marked-jpeg.ts'

/**
 * Makes a decoder child crash, hang or swell at pictures of `marked-jpeg.ts`,
 * so that tests see what the product does then. Production code knows nothing of it.
 *
 * Recipe: start the worker (or a decoder pool, in its `childEnv`) with
 * `NODE_OPTIONS=${crashingDecoderOptions()}`. It is loaded into every Node
 * process that inherits the variable, and acts in decoder children alone.
 */

const isDecoderChild = process.send !== undefined && /^child\.[jt]s$/.test(basename(process.argv[1] ?? ''))

if (isDecoderChild) {
  const { default: sharp } = await import('sharp')
  const prototype: Sharp = Object.getPrototypeOf(sharp())
  const { metadata } = prototype
  // Whatever is decoded is first asked for its header, by its path.
  prototype.metadata = function (this: Sharp, ...rest: unknown[]) {
    const { input } = (this as Sharp & { options: { input: { file?: string } } }).options
    if (input.file !== undefined) misbehave(leadingText(input.file))
    return Reflect.apply(metadata, this, rest)
  } as Sharp['metadata']
}

function leadingText(path: string): string {
  const leading = Buffer.alloc(MARK_WITHIN_BYTES)
  const file = openSync(path, 'r')
  readSync(file, leading, 0, leading.length, 0)
  closeSync(file)
  return leading.toString('latin1')
}

function misbehave(text: string): void {
  if (text.includes(MARKS.crash)) process.kill(process.pid, 'SIGKILL')
  if (text.includes(MARKS.hang)) block(Number.POSITIVE_INFINITY)
  if (text.includes(MARKS.hunger)) {
    for (const held: Buffer[] = []; ; block(20)) held.push(Buffer.alloc(64 * 1024 ** 2, held.length + 1))
  }
}

/** Stops the thread as a loop in a decoder does: no timer and no message gets through. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
