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

/** No loader takes a file that starts as an accepted format does: its header is damaged. */
const UNRECOGNISED = /contains unsupported image format/

const UNSUPPORTED =
  /unsupported|not supported|not been built in|not configured|not implemented|exceeds channel limit/i

/**
 * Awaits what sharp makes of a stranger's file, and tells the file's fault from
 * the machine's by libvips' own words, since sharp gives no codes. Whatever else
 * a decoder says of a file on the local disk is that the file is damaged. Faults
 * of the machine reject.
 */
export async function judged<T extends object>(decoding: Promise<T>): Promise<T | BadInput> {
  try {
    return await decoding
  } catch (error) {
    if (!(error instanceof Error) || MACHINE_FAULT.test(error.message)) throw error
    return badInput(codeOf(error.message), error.message)
  }
}

function codeOf(message: string): FailureCode {
  if (TOO_LARGE.test(message)) return 'TT_IMAGE_TOO_LARGE'
  if (UNRECOGNISED.test(message)) return 'TT_IMAGE_CORRUPT'
  return UNSUPPORTED.test(message) ? 'TT_IMAGE_UNSUPPORTED' : 'TT_IMAGE_CORRUPT'
}
