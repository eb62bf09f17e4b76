import type { MultipartFile, MultipartValue } from '@fastify/multipart'
import type { Image } from '@tintype/database'
import { withDetails } from '@tintype/service-kit'
import { type AcceptDependencies, acceptFile, fileTooLarge, type UploadRequest } from './accept-file.ts'
import {
  BodyTruncated,
  FileEmpty,
  SpoolFull,
  TooManyFiles,
  TooManyParts,
  UnexpectedField,
  UploadTooSlow,
} from './errors.ts'
import { displayName } from './names.ts'
import type { RateWatch } from './rate-watch.ts'
import type { Spool } from './spool.ts'

/** Files that one request may bring. */
export const MAX_FILES = 50
/** Parts past the fiftieth file are refused one by one, up to a number that nobody sends by mistake. */
export const MAX_PARTS = MAX_FILES * 10

export type FileResult =
  | { filename: string; status: 'accepted'; image: Image }
  | { filename: string; status: 'rejected'; error: unknown }

export interface ReceiveDependencies extends AcceptDependencies {
  spool: Spool
}

/** The parts of a request in the order they arrive. */
export type Parts = AsyncIterable<MultipartFile | MultipartValue>

/**
 * Takes the files of one request, one after the other, each to its end before
 * the next: whole files that came before a broken one are kept. A file that is
 * refused does not keep the others from being taken.
 */
export async function receiveUpload(
  dependencies: ReceiveDependencies,
  request: UploadRequest,
  parts: Parts,
  watch: RateWatch,
): Promise<FileResult[]> {
  const results: FileResult[] = []
  let title = ''
  try {
    for await (const part of parts) {
      if (part.type === 'field') {
        if (part.fieldname === 'title') title = String(part.value)
        continue
      }
      const filename = displayName(part.filename ?? '', 'untitled')
      try {
        const image = await takeFile(dependencies, {
          ...{ request, part, filename, title, watch },
          taken: results.length,
        })
        results.push({ filename, status: 'accepted', image })
      } catch (error) {
        results.push({ filename, status: 'rejected', error })
        if (isBroken(error)) return results
      }
      title = ''
    }
  } catch (error) {
    request.log.info({ err: error }, 'an upload broke off')
    results.push({ filename: '', status: 'rejected', error: whyBrokenOff(error) })
  }
  return results
}

/** What is answered to a body that was not read to its end. */
function whyBrokenOff(error: unknown): Error {
  if (error instanceof UploadTooSlow) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_PARTS_LIMIT') return withDetails(new TooManyParts(MAX_PARTS), { maxParts: MAX_PARTS })
  // It keeps parts in an object by their names, and none of those that every object has.
  if (code === 'FST_PROTO_VIOLATION') return new UnexpectedField('__proto__')
  return new BodyTruncated()
}

interface Taking {
  request: UploadRequest
  part: MultipartFile
  filename: string
  title: string
  watch: RateWatch
  /** Files of this request before this one. */
  taken: number
}

async function takeFile(dependencies: ReceiveDependencies, taking: Taking): Promise<Image> {
  const { request, part, filename, title, watch, taken } = taking
  const refusal =
    part.fieldname !== 'file'
      ? withDetails(new UnexpectedField(part.fieldname), { field: part.fieldname })
      : taken >= MAX_FILES
        ? withDetails(new TooManyFiles(MAX_FILES), { field: 'file', maxFiles: MAX_FILES })
        : undefined
  if (refusal !== undefined) {
    await drain(part)
    throw refusal
  }

  const { maxUploadBytes } = request.owner.tier
  const received = await dependencies.spool.receive(part.file, maxUploadBytes)
  switch (received.outcome) {
    case 'empty':
      throw withDetails(new FileEmpty(), { field: 'file' })
    case 'too-large':
      throw fileTooLarge(maxUploadBytes)
    case 'spool-full':
      throw new SpoolFull()
    case 'broken-off':
      request.log.info({ err: received.cause }, 'an upload broke off in the middle of a file')
      throw whyBrokenOff(received.cause)
    case 'received': {
      await using file = received.file
      watch.pause()
      try {
        return await acceptFile(dependencies, request, { file, filename, title })
      } finally {
        watch.resume()
      }
    }
  }
}

/** Reads a part that nobody wants, so that the next one can be read. */
async function drain(part: MultipartFile): Promise<void> {
  try {
    for await (const _chunk of part.file);
  } catch (error) {
    throw whyBrokenOff(error)
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof BodyTruncated || error instanceof UploadTooSlow
}
