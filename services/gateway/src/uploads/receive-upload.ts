import type { Readable } from 'node:stream'
import type { Image } from '@tintype/database'
import { withDetails } from '@tintype/service-kit'
import { type AcceptDependencies, acceptFile, fileTooLarge, type UploadRequest } from './accept-file.ts'
import { FileEmpty, KeyReused, SpoolFull, TooManyFiles, UnexpectedField } from './errors.ts'
import type { Place } from './intake.ts'
import { type FilePart, filesOf, isBroken, MAX_FILES, type Parts, whyBrokenOff } from './parts.ts'
import type { RateWatch } from './rate-watch.ts'
import type { Spool } from './spool.ts'

export type FileResult =
  | { filename: string; status: 'accepted'; image: Image }
  | { filename: string; status: 'rejected'; error: unknown }

export interface ReceiveDependencies extends AcceptDependencies {
  spool: Spool
}

/** What is kept of a request while it is received. */
export interface Reception {
  place: Place
  watch: RateWatch
}

/**
 * Takes the files of one request, one after the other, each to its end before
 * the next: whole files that came before a broken one are kept. A file that is
 * refused does not keep the others from being taken.
 */
export async function receiveUpload(
  dependencies: ReceiveDependencies,
  request: UploadRequest,
  parts: Parts,
  reception: Reception,
): Promise<FileResult[]> {
  const results: FileResult[] = []
  try {
    for await (const file of filesOf(parts)) {
      const { filename } = file
      try {
        const image = await takeFile(dependencies, {
          ...{ request, ...reception, ...file },
          taken: results.length,
        })
        results.push({ filename, status: 'accepted', image })
      } catch (error) {
        results.push({ filename, status: 'rejected', error })
        if (isBroken(error) || error instanceof KeyReused) return results
      }
    }
  } catch (error) {
    request.log.info({ err: error }, 'an upload broke off')
    results.push({ filename: '', status: 'rejected', error: whyBrokenOff(error) })
  }
  return results
}

interface Taking extends FilePart, Reception {
  request: UploadRequest
  /** Files of this request before this one. */
  taken: number
}

async function takeFile(dependencies: ReceiveDependencies, taking: Taking): Promise<Image> {
  const { request, part, fieldname, filename, title, place, watch, taken } = taking
  const stream = request.retryable?.fingerprint.follow({ fieldname, filename, title }, part.file) ?? part.file
  const refusal =
    fieldname !== 'file'
      ? unexpectedField(fieldname)
      : taken >= MAX_FILES
        ? withDetails(new TooManyFiles(MAX_FILES), { field: 'file', maxFiles: MAX_FILES })
        : undefined
  if (refusal !== undefined) {
    await drain(stream)
    throw refusal
  }

  const { maxUploadBytes } = request.owner.tier
  const received = await dependencies.spool.receive(stream, maxUploadBytes)
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
      place.arrived()
      watch.pause()
      try {
        return await acceptFile(dependencies, request, { file, filename, title, part: taken })
      } finally {
        watch.resume()
        place.awaitMore()
      }
    }
  }
}

function unexpectedField(name: string): Error {
  return name === ''
    ? withDetails(new UnexpectedField('a part without a name'), { field: 'file' })
    : withDetails(new UnexpectedField(`the field «${name}»`), { field: name })
}

/** Reads a part that nobody wants, so that the next one can be read. */
async function drain(stream: Readable): Promise<void> {
  try {
    for await (const _chunk of stream);
  } catch (error) {
    throw whyBrokenOff(error)
  }
}
