import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import { withDetails } from '@tintype/service-kit'
import { BodyTooLarge, BodyTruncated, ReservedFieldName, TooManyParts, UploadTooSlow } from './errors.ts'
import { displayName } from './names.ts'

/** Files that one request may bring. */
export const MAX_FILES = 50
/** Parts past the fiftieth file are refused one by one, up to a number that nobody sends by mistake. */
export const MAX_PARTS = MAX_FILES * 10

/** The parts of a request in the order they arrive. */
export type Parts = AsyncIterable<MultipartFile | MultipartValue>

export interface FilePart {
  part: MultipartFile
  /** The name of the part; empty where it has none. */
  fieldname: string
  /** As it is kept for display. */
  filename: string
  /** As it was sent, in a field before the file. */
  title: string
}

/** The files among the parts, each with the title that came before it. */
export async function* filesOf(parts: Parts): AsyncGenerator<FilePart> {
  let title = ''
  for await (const part of parts) {
    if (part.type === 'field') {
      // One whose type is JSON may come as anything.
      if (part.fieldname === 'title') title = typeof part.value === 'string' ? part.value : ''
      continue
    }
    // A part without a name has none here either, whatever its type says.
    const fieldname = part.fieldname ?? ''
    yield { part, fieldname, filename: displayName(nameAsChosen(part.filename ?? ''), 'untitled'), title }
    title = ''
  }
}

/** Browsers and most else send three characters of a file's name so (HTML §4.10.21.8): there is no other way to. */
function nameAsChosen(sent: string): string {
  return sent.replace(/%(22|0d|0a)/gi, decodeURIComponent)
}

/** What is answered to a body that was not read to its end. */
export function whyBrokenOff(error: unknown): Error {
  if (error instanceof UploadTooSlow || error instanceof BodyTooLarge) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_PARTS_LIMIT') return withDetails(new TooManyParts(MAX_PARTS), { maxParts: MAX_PARTS })
  // It keeps parts in an object by their names, and none of those that every object has.
  if (code === 'FST_PROTO_VIOLATION') return withDetails(new ReservedFieldName(), { field: 'file' })
  return new BodyTruncated()
}

/** Whether a body was not read to its end for its sender's fault, so that nothing is known of the rest. */
export function isBroken(error: unknown): boolean {
  return [BodyTruncated, UploadTooSlow, BodyTooLarge].some((kind) => error instanceof kind)
}
