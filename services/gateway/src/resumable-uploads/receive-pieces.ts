import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import {
  addUploadPieces,
  type Database,
  findResumableUpload,
  type ResumableUpload,
  type UploadPiece,
} from '@tintype/database'
import { stagingPieceKey } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import { type Log, NotFound, withDetails } from '@tintype/service-kit'
import { UploadExpired } from '../direct-uploads/errors.ts'
import { SpoolFull } from '../uploads/errors.ts'
import type { RateWatch } from '../uploads/rate-watch.ts'
import type { Spool } from '../uploads/spool.ts'
import type { Checksum } from './checksum.ts'
import { OffsetMismatch, PieceChecksumMismatch, TooManyPieces } from './errors.ts'
import { readPieces } from './piece-reader.ts'

/** What a gateway that is killed loses of an upload, and what one request holds of the spool, at most. */
export const PIECE_BYTES = 8 * 1024 ** 2
/** Of one upload: its rows, and what is read at its end one by one, have a bound. */
export const MAX_PIECES = 10_000
/** How long an upload that makes no progress is kept. */
export const LIFE_SECONDS = 24 * 3600

export interface ReceivePiecesDependencies {
  database: Database
  store: ObjectStore
  spool: Spool
}

export interface Reception {
  checksum: Checksum | undefined
  watch: RateWatch
  log: Log
}

/**
 * Takes the body of one request as pieces of the upload, each put whole into
 * the store and then counted, so that any gateway goes on from there. A body
 * with a checksum is counted at its end, all of it or nothing; of any other
 * that breaks off, what has come is kept.
 *
 * @returns how far the upload is now, and when it expires.
 * @throws the body's own error, or the one to answer with.
 */
export async function receivePieces(
  { database, store, spool }: ReceivePiecesDependencies,
  upload: ResumableUpload,
  body: Readable,
  { checksum, watch, log }: Reception,
): Promise<Pick<ResumableUpload, 'receivedBytes' | 'pieces' | 'expiresAt'>> {
  let { receivedBytes, pieces, expiresAt } = upload
  /** In the store, and not counted yet. */
  let uncounted: UploadPiece[] = []
  const reader = readPieces(body, checksum?.hash)

  async function count(): Promise<void> {
    if (uncounted.length === 0) return
    const added = uncounted
    // Where PostgreSQL fails they may be counted, and are left alone.
    uncounted = []
    const raised = await addUploadPieces(database, upload.id, {
      ...{ from: receivedBytes, pieces: added, lifeSeconds: LIFE_SECONDS },
    })
    if (raised === undefined) {
      uncounted = added
      throw await whyNotRaised(database, upload)
    }
    receivedBytes += added.reduce((sum, { bytes }) => sum + bytes, 0)
    pieces += added.length
    expiresAt = raised
  }

  try {
    while (!reader.isEnded) {
      watch.resume()
      const received = await spool.receive(reader.next(PIECE_BYTES), PIECE_BYTES)
      watch.pause()
      if (received.outcome === 'empty') break
      if (received.outcome === 'spool-full') throw new SpoolFull()
      if (received.outcome !== 'received') throw new Error(`a piece was not received: ${received.outcome}`)
      await using file = received.file
      if (pieces + uncounted.length >= MAX_PIECES) {
        throw withDetails(new TooManyPieces(MAX_PIECES), { maxPieces: MAX_PIECES })
      }
      const name = randomUUID()
      const { bytes } = file
      await store.put(stagingPieceKey(upload.id, name), file.stream(), {
        ...{ bytes, contentType: 'application/octet-stream' },
      })
      uncounted.push({ name, bytes })
      if (checksum === undefined) await count()
    }
    if (reader.failure !== undefined) throw reader.failure
    if (checksum !== undefined && !checksum.hash.digest().equals(checksum.expected)) {
      throw new PieceChecksumMismatch()
    }
    await count()
    return { receivedBytes, pieces, expiresAt }
  } catch (error) {
    for (const { name } of uncounted) await discard(name)
    throw error
  } finally {
    watch.pause()
  }

  async function discard(name: string): Promise<void> {
    await store.delete(stagingPieceKey(upload.id, name)).catch((error: unknown) => {
      log.warn({ err: error, uploadId: upload.id }, 'could not delete a piece; it goes with its upload')
    })
  }
}

async function whyNotRaised(database: Database, { ownerId, id }: ResumableUpload): Promise<Error> {
  const upload = await findResumableUpload(database, ownerId, id)
  if (upload === undefined) return new NotFound()
  return upload.isExpired ? new UploadExpired() : new OffsetMismatch()
}
