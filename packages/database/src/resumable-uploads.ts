import type { Database } from './client.ts'
import { type DirectUpload, directUploadColumns } from './direct-uploads.ts'
import { and, asc, eq, isNotNull, sql } from './orm.ts'
import { directUploads, uploadPieces } from './schema.ts'

/** An upload that comes in pieces. It is reserved, completed and released as a direct upload is. */
export interface ResumableUpload extends DirectUpload {
  /** How much of it is safe in the store, from its beginning. */
  receivedBytes: number
  /** How many pieces that is. */
  pieces: number
  /** As it was sent. */
  metadata: string | null
}

/** A part of a file that is in the store as an object of its own. */
export interface UploadPiece {
  /** The last part of its key. */
  name: string
  bytes: number
}

/** An owner's resumable upload, also one that is over and not yet forgotten. */
export async function findResumableUpload(
  { db }: Database,
  ownerId: string,
  id: string,
): Promise<ResumableUpload | undefined> {
  const [upload] = await db
    .select({
      ...directUploadColumns,
      receivedBytes: sql<number>`${directUploads.receivedBytes}`.mapWith(directUploads.receivedBytes),
      pieces: directUploads.pieces,
      metadata: directUploads.metadata,
    })
    .from(directUploads)
    .where(
      and(
        eq(directUploads.id, id),
        eq(directUploads.ownerId, ownerId),
        isNotNull(directUploads.receivedBytes),
      ),
    )
  return upload
}

/**
 * Adds pieces to an upload whose first `from` bytes are there, and gives it
 * `lifeSeconds` from now: all of them, or none where it has gone on otherwise
 * meanwhile. Of several writers at once, one does it.
 *
 * @returns when it expires now; undefined where it is not so far, ended, over, or has no room for them.
 */
export async function addUploadPieces(
  { db }: Database,
  uploadId: string,
  { from, pieces, lifeSeconds }: { from: number; pieces: UploadPiece[]; lifeSeconds: number },
): Promise<Date | undefined> {
  const to = from + pieces.reduce((sum, { bytes }) => sum + bytes, 0)
  let start = from
  const rows = pieces.map(({ name, bytes }) => {
    const row = sql`(${start}::bigint, ${bytes}::bigint, ${name}::uuid)`
    start += bytes
    return row
  })
  const [raised] = await db.execute<{ expiresat: string }>(sql`
    WITH raised AS (
      UPDATE direct_uploads SET received_bytes = ${to}, pieces = pieces + ${pieces.length},
        expires_at = now() + make_interval(secs => ${lifeSeconds})
      WHERE id = ${uploadId} AND received_bytes = ${from} AND bytes >= ${to}
        AND completed_at IS NULL AND expires_at > now()
      RETURNING id, expires_at
    ), added AS (
      INSERT INTO upload_pieces (upload_id, start, bytes, name)
      SELECT raised.id, piece.* FROM raised, (VALUES ${sql.join(rows, sql`, `)}) AS piece
    )
    SELECT expires_at AS expiresat FROM raised`)
  return raised && new Date(raised.expiresat)
}

/** What an upload is made of, in order. */
export async function listUploadPieces({ db }: Database, uploadId: string): Promise<UploadPiece[]> {
  return db
    .select({ name: uploadPieces.name, bytes: uploadPieces.bytes })
    .from(uploadPieces)
    .where(eq(uploadPieces.uploadId, uploadId))
    .orderBy(asc(uploadPieces.start))
}
