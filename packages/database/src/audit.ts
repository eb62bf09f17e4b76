import { uuidv7 } from '@tintype/domain'
import type { Database, Executor } from './client.ts'
import { type AnyColumn, and, desc, eq, getTableColumns, gte, lt, sql } from './orm.ts'
import { auditLog, images, tiers, users } from './schema.ts'

/** Who makes a change, and from where, as the audit log keeps it. */
export interface AuditActor {
  id: string
  name: string
  address: string
  requestId: string
}

export const AUDIT_ACTIONS = [
  'user.create',
  'user.update',
  'user.password',
  'user.delete',
  'user.export',
  'tier.create',
  'tier.update',
  'tier.delete',
  'image.transfer',
  'image.retry',
  'image.delete',
  'link.revoke',
  'verification.start',
  'verification.stop',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** Fields of a subject. Never a password or its hash. */
export type AuditFields = Record<string, unknown>

export interface AuditChange {
  action: AuditAction
  subjectId: string
  before?: AuditFields | undefined
  after?: AuditFields | undefined
}

/**
 * Writes a change into the audit log, in the transaction that makes it. Of
 * `before` and `after` only what differs is kept. Where nothing does, or
 * nobody made the change (the product itself did), nothing is written.
 */
export async function recordAudit(
  tx: Executor,
  by: AuditActor | undefined,
  change: AuditChange | AuditChange[],
): Promise<void> {
  if (by === undefined) return
  const rows = [change].flat().flatMap(({ action, subjectId, before, after }) => {
    const changed =
      before !== undefined && after !== undefined ? difference(before, after) : { before, after }
    if (changed === undefined) return []
    return [
      {
        id: uuidv7(),
        actorId: by.id,
        actorName: by.name,
        action,
        subjectType: action.slice(0, action.indexOf('.')),
        subjectId,
        before: changed.before ?? null,
        after: changed.after ?? null,
        address: by.address,
        requestId: by.requestId,
      },
    ]
  })
  if (rows.length > 0) await tx.insert(auditLog).values(rows)
}

function difference(
  before: AuditFields,
  after: AuditFields,
): { before: AuditFields; after: AuditFields } | undefined {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  )
  if (names.length === 0) return undefined
  const pick = (fields: AuditFields) => Object.fromEntries(names.map((name) => [name, fields[name]]))
  return { before: pick(before), after: pick(after) }
}

/** Fields of a subject that tell who somebody is, or what they called their pictures. */
const PERSONAL_FIELDS = ['username', 'email', 'ownerName', 'title', 'filename']

/**
 * Takes out of the log who a user was, in the transaction that deletes them:
 * that something was done, when, and to which id stays.
 */
export async function eraseFromAudit(tx: Executor, userId: string): Promise<void> {
  const erased = (fields: AnyColumn) => sql`CASE
    WHEN subject_id = ${userId} OR action = 'link.revoke' OR ${fields} ->> 'owner' = ${userId}
    THEN ${fields} - ${sql.param(PERSONAL_FIELDS)}::text[] ELSE ${fields} END`
  await tx.execute(sql`
    UPDATE audit_log SET before = ${erased(auditLog.before)}, after = ${erased(auditLog.after)}
    WHERE subject_id = ${userId} OR before ->> 'owner' = ${userId} OR after ->> 'owner' = ${userId}
      OR (action = 'link.revoke' AND before ->> 'image' IN (SELECT id::text FROM images WHERE owner_id = ${userId}))`)
  await tx
    .update(auditLog)
    .set({ actorName: 'deleted user', address: '' })
    .where(eq(auditLog.actorId, userId))
}

export type AuditEntry = typeof auditLog.$inferSelect & {
  /** What people call the subject: the name of a user or tier, the title or file name of a picture. Null once it is gone. */
  subjectName: string | null
}

export interface AuditQuery {
  limit: number
  /** The id of the last entry of the page before. */
  after?: string | undefined
  actorId?: string | undefined
  subjectId?: string | undefined
  action?: AuditAction | undefined
  from?: Date | undefined
  to?: Date | undefined
}

/** A page of the audit log, newest first, in one query. */
export async function listAudit({ db }: Database, query: AuditQuery): Promise<AuditEntry[]> {
  return db
    .select({
      ...getTableColumns(auditLog),
      subjectName: sql<
        string | null
      >`coalesce(${users.username}, ${tiers.name}, nullif(${images.title}, ''), ${images.filename})`,
    })
    .from(auditLog)
    .leftJoin(users, eq(users.id, auditLog.subjectId))
    .leftJoin(tiers, eq(tiers.id, auditLog.subjectId))
    .leftJoin(images, eq(images.id, auditLog.subjectId))
    .where(
      and(
        query.after === undefined ? undefined : lt(auditLog.id, query.after),
        query.actorId === undefined ? undefined : eq(auditLog.actorId, query.actorId),
        query.subjectId === undefined ? undefined : eq(auditLog.subjectId, query.subjectId),
        query.action === undefined ? undefined : eq(auditLog.action, query.action),
        query.from === undefined ? undefined : gte(auditLog.at, query.from),
        // What is shown of a time ends with its milliseconds, and the entry of that time is meant too.
        query.to === undefined ? undefined : lt(auditLog.at, new Date(query.to.getTime() + 1)),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(query.limit)
}
