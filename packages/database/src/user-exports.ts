import { type AuditActor, recordAudit } from './audit.ts'
import type { Database } from './client.ts'
import { type SQL, sql } from './orm.ts'
import { findUser } from './users.ts'

/** Notes that an administrator fetches all that is kept of a user. @returns whether there is such a user. */
export async function recordUserExport({ db }: Database, userId: string, by: AuditActor): Promise<boolean> {
  if ((await findUser({ db }, userId)) === undefined) return false
  await recordAudit(db, by, { action: 'user.export', subjectId: userId })
  return true
}

/**
 * What is kept of a user, by kind: no password, key, token or secret, which
 * are no one's to know, and of others nothing. Each has an `id` by which it is
 * read page by page.
 */
const RECORDS = {
  account: (userId) => sql`
    SELECT u.id, u.username, u.email, u.role, t.name AS tier, u.used_bytes, u.used_images,
      u.created_at, u.updated_at, u.disabled_at
    FROM users u JOIN tiers t ON t.id = u.tier_id WHERE u.id = ${userId}`,
  images: (userId) => sql`
    SELECT i.id, i.title, i.filename, i.format, i.width, i.height, i.bytes, i.sha256, i.state,
      i.failure_code, i.failure_message, i.thumbhash, i.uploaded_at,
      ARRAY (SELECT r.name FROM renditions r WHERE r.image_id = i.id AND r.object_key IS NOT NULL ORDER BY r.name) AS renditions
    FROM images i WHERE i.owner_id = ${userId} AND i.state <> 'deleting'`,
  links: (userId) => sql`
    SELECT l.id, l.image_id, l.target, l.filename, l.created_at, l.expires_at, l.revoked_at, l.used_up_at,
      l.max_uses, l.password_hash IS NOT NULL AS has_password
    FROM links l JOIN images i ON i.id = l.image_id WHERE i.owner_id = ${userId}`,
  'api-keys': (userId) => sql`
    SELECT id, name, scopes, hint, created_at, expires_at, last_used_at FROM api_keys WHERE user_id = ${userId}`,
  sessions: (userId) => sql`
    SELECT id, user_agent, address, created_at, rotated_at AS last_used_at, expires_at, ended_at
    FROM sessions WHERE user_id = ${userId}`,
  uploads: (userId) => sql`
    SELECT id, title, filename, content_type, bytes, sha256, metadata, created_at, expires_at, completed_at, image_id
    FROM direct_uploads WHERE owner_id = ${userId}`,
  requests: (userId) => sql`
    SELECT id, key, created_at, status_code, answer FROM idempotent_requests WHERE user_id = ${userId}`,
  archives: (userId) => sql`
    SELECT id, image_ids, rendition, created_at, expires_at FROM archives WHERE owner_id = ${userId}`,
  webhooks: (userId) => sql`
    SELECT id, url, types, description, created_at, disabled_at FROM webhooks WHERE user_id = ${userId}`,
  'webhook-deliveries': (userId) => sql`
    SELECT d.id, d.webhook_id, d.type, d.at, d.image_id, d.detail, d.state, d.attempts, d.last_status, d.last_failure, d.ended_at
    FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE w.user_id = ${userId}`,
  // Of what others did to them, not who: that is of the others.
  audit: (userId) => sql`
    SELECT id, at, action, subject_type, subject_id, before - 'ownerName' AS before,
      after - 'ownerName' AS after, actor_id = ${userId} AS by_themselves,
      CASE WHEN actor_id = ${userId} THEN address END AS address
    FROM audit_log
    WHERE actor_id = ${userId} OR subject_id = ${userId}
      OR subject_id IN (SELECT id FROM images WHERE owner_id = ${userId})`,
} as const satisfies Record<string, (userId: string) => SQL>

export type UserRecordKind = keyof typeof RECORDS
export const USER_RECORD_KINDS = Object.keys(RECORDS) as UserRecordKind[]

/** Records of one kind as JSON texts, in the order of their ids, and the last id. */
export async function listUserRecords(
  { db }: Database,
  userId: string,
  { kind, after, limit }: { kind: UserRecordKind; after: string | undefined; limit: number },
): Promise<{ lines: string[]; last: string | undefined }> {
  const behind = after === undefined ? sql`` : sql`WHERE id > ${after}::uuid`
  const rows = await db.execute<{ id: string; line: string }>(sql`
    SELECT id, row_to_json(r)::text AS line FROM (${RECORDS[kind](userId)}) AS r ${behind} ORDER BY id LIMIT ${limit}`)
  return { lines: rows.map(({ line }) => line), last: rows.at(-1)?.id }
}
