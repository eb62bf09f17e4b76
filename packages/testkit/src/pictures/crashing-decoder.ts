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

/** What sharp answers while libvips goes round in circles on a thread of libuv. */
const never = new Promise<never>(() => {})

const isDecoderChild = process.send !== undefined && /^child\.[jt]s$/.test(basename(process.argv[1] ?? ''))

if (isDecoderChild) {
  const { default: sharp } = await import('sharp')
  const prototype: Sharp = Object.getPrototypeOf(sharp())
  const { metadata } = prototype
  // Whatever is decoded is first asked for its header, by its path.
  prototype.metadata = function (this: Sharp, ...rest: unknown[]) {
    const { input } = (this as Sharp & { options: { input: { file?: string } } }).options
    const text = input.file === undefined ? '' : leadingText(input.file)
    if (text.includes(MARKS.crash)) process.kill(process.pid, 'SIGKILL')
    if (text.includes(MARKS.hunger)) eat()
    if (text.includes(MARKS.hunger) || text.includes(MARKS.hang)) return never
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

function eat(): void {
  const held: Buffer[] = []
  setInterval(() => held.push(Buffer.alloc(64 * 1024 ** 2, held.length + 1)), 20)
}
