import type { FailureCode } from '@tintype/domain'
import type { BadInput } from './messages.ts'

const MAX_DETAIL_LENGTH = 200

/** The outcome of a file that no retry will help. `detail` is made one short line. */
export function badInput(code: FailureCode, detail: string): BadInput {
  const line = detail
    // Decoders name the file they read: a path of this machine, of use to nobody.
    .replaceAll(/(?:\/[\w.-]+){2,}(?:: )?/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return { outcome: 'bad-input', code, detail: line.slice(0, MAX_DETAIL_LENGTH) }
}

/** What no file is to blame for: the machine ran out of something, or our own spooled copy is gone. */
const MACHINE_FAULT =
  /out of memory|cannot allocate|unable to (?:create|open) (?:temp|thread)|no space left|too many open files|Input file is missing/i

const TOO_LARGE = /exceeds pixel limit|security limit|maximum image size/i

const UNSUPPORTED =
  /unsupported|not supported|not been built in|not configured|not implemented|exceeds channel limit/i

/**
 * Tells the file's fault from the machine's, by libvips' own words, since sharp
 * gives no codes. Whatever else a decoder says of a file on the local disk is
 * that the file is damaged. Undefined: a fault, to be thrown on.
 */
export function classifyDecoderError(error: unknown): BadInput | undefined {
  if (!(error instanceof Error) || MACHINE_FAULT.test(error.message)) return undefined
  if (TOO_LARGE.test(error.message)) return badInput('TT_IMAGE_TOO_LARGE', error.message)
  if (UNSUPPORTED.test(error.message)) return badInput('TT_IMAGE_UNSUPPORTED', error.message)
  return badInput('TT_IMAGE_CORRUPT', error.message)
}
