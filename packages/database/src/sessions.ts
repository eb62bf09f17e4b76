import { uuidv7 } from '@tintype/domain'
import type { Database } from './client.ts'
import { and, desc, eq, sql } from './orm.ts'
import { prepareOnce } from './prepared.ts'
import { sessions, tiers, users } from './schema.ts'
import { endSessionsOf, isActive, type User, userColumns } from './users.ts'

export interface NewSession {
  userId: string
  lifeSeconds: number
  userAgent: string
  address: string
  /** The hash that the password was checked against: a session is begun only while it is still the user's. */
  passwordHash?: string
}

/** A session as a token stands for it. `issuedAtSeconds` is PostgreSQL's time. */
export interface SessionTicket {
  sessionId: string
  userId: string
  generation: number
  issuedAtSeconds: number
}

/**
 * Begins a session, unless the user was disabled or got another password since
 * the password was checked. The lock has it wait for such a change that is under
 * way, which ends only the sessions that it sees.
 */
export async function createSession(
  { db }: Database,
  fields: NewSession,
): Promise<SessionTicket | undefined> {
  const id = uuidv7()
  const [row] = await db.execute<{ issuedat: number }>(sql`
    INSERT INTO sessions (id, user_id, expires_at, user_agent, address)
    SELECT ${id}, u.id, now() + make_interval(secs => ${fields.lifeSeconds}), ${fields.userAgent}, ${fields.address}
    FROM users u
    WHERE u.id = ${fields.userId} AND u.disabled_at IS NULL AND u.deleted_at IS NULL
      AND u.password_hash = coalesce(${fields.passwordHash ?? null}, u.password_hash)
    FOR SHARE OF u
    RETURNING extract(epoch FROM now())::float8 AS issuedat`)
  if (row === undefined) return undefined
  return { sessionId: id, userId: fields.userId, generation: 0, issuedAtSeconds: Math.floor(row.issuedat) }
}

export type RotationOutcome =
  | { outcome: 'rotated'; ticket: SessionTicket }
  /** The session has ended, expired or never was. */
  | { outcome: 'ended' }
  /** An old token came back after its successor was taken into use: whoever holds it, the session is over. */
  | { outcome: 'reused' }

/** So many may follow each other within the grace, and the first of their tokens still be good. */
const REMEMBERED_ROTATIONS = 10

/**
 * Exchanges refresh token number `generation` for the next one, in one
 * statement. A token presented again within `graceSeconds` of its first use gets
 * the newest one, which is its successor unless that was exchanged meanwhile: two
 * tabs, or an answer lost on the way, log nobody out. Presented later it ends the
 * session (RFC 9700 §4.14.2).
 */
export async function rotateSession(
  { db }: Database,
  presented: { sessionId: string; generation: number },
  options: { graceSeconds: number; lifeSeconds: number },
): Promise<RotationOutcome> {
  const { sessionId, generation } = presented
  const [row] = await db.execute<{
    userid: string
    generation: number
    ended: boolean
    issuedat: number
  }>(sql`
    WITH live AS (
      SELECT s.id, s.user_id,
        s.generation = ${generation} AS current,
        coalesce(
          s.rotations[s.generation - ${generation}] > now() - make_interval(secs => ${options.graceSeconds}),
          false
        ) AS repeated
      FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = ${sessionId} AND s.ended_at IS NULL AND s.expires_at > now()
        AND u.disabled_at IS NULL AND u.deleted_at IS NULL
      FOR UPDATE OF s
    )
    UPDATE sessions SET
      generation = CASE WHEN live.current THEN sessions.generation + 1 ELSE sessions.generation END,
      rotated_at = CASE WHEN live.current THEN now() ELSE sessions.rotated_at END,
      rotations = CASE WHEN live.current THEN (now() || sessions.rotations)[1:${REMEMBERED_ROTATIONS}] ELSE sessions.rotations END,
      expires_at = CASE WHEN live.current THEN now() + make_interval(secs => ${options.lifeSeconds}) ELSE sessions.expires_at END,
      ended_at = CASE WHEN live.current OR live.repeated THEN NULL ELSE now() END
    FROM live WHERE sessions.id = live.id
    RETURNING sessions.user_id AS userid, sessions.generation, sessions.ended_at IS NOT NULL AS ended,
      extract(epoch FROM now())::float8 AS issuedat`)
  if (row === undefined) return { outcome: 'ended' }
  if (row.ended) return { outcome: 'reused' }
  return {
    outcome: 'rotated',
    ticket: {
      sessionId,
      userId: row.userid,
      generation: row.generation,
      issuedAtSeconds: Math.floor(row.issuedat),
    },
  }
}

/** A session as its user sees it. */
export interface Session {
  id: string
  createdAt: Date
  /** When its tokens were last exchanged. */
  rotatedAt: Date
  expiresAt: Date
  userAgent: string
  address: string
}

const isLive = sql`${sessions.endedAt} IS NULL AND ${sessions.expiresAt} > now()`

/** More devices than anybody has. */
const LIST_LIMIT = 1000

/** A user's live sessions, the one used last first. */
export async function listSessions({ db }: Database, userId: string): Promise<Session[]> {
  return db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      rotatedAt: sessions.rotatedAt,
      expiresAt: sessions.expiresAt,
      userAgent: sessions.userAgent,
      address: sessions.address,
    })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isLive))
    .orderBy(desc(sessions.rotatedAt), desc(sessions.id))
    .limit(LIST_LIMIT)
}

/** Whether a user has signed in from this address of late, whether or not that session goes on. */
export async function hasSignedInFrom({ db }: Database, userId: string, address: string): Promise<boolean> {
  const [session] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.address, address)))
    .limit(1)
  return session !== undefined
}

/** Ends a live session of this user. @returns whether there was one. */
export async function endSession(
  { db }: Database,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<boolean> {
  const ended = await db
    .update(sessions)
    .set({ endedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isLive))
    .returning({ id: sessions.id })
  return ended.length === 1
}

/** Ends every session of a user. */
export async function endAllSessions({ db }: Database, userId: string): Promise<void> {
  await endSessionsOf(db, userId)
}

/**
 * The user behind an access token, as of now: undefined when the session has
 * ended, the user is disabled, or the token is older than `maxAgeSeconds` by
 * PostgreSQL's clock. Asked at every request, so nothing about rights is cached.
 */
export async function authenticate(
  database: Database,
  token: { sessionId: string; userId: string; issuedAtSeconds: number },
  maxAgeSeconds: number,
): Promise<User | undefined> {
  const { sessionId, userId, issuedAtSeconds } = token
  const values = { sessionId, userId, issuedAtSeconds, maxAgeSeconds }
  const [user] = await selectSessionUser(database).execute(values)
  return user
}

const selectSessionUser = prepareOnce((db) =>
  db
    .select(userColumns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(tiers, eq(tiers.id, users.tierId))
    .where(
      and(
        eq(sessions.id, sql.placeholder('sessionId')),
        eq(sessions.userId, sql.placeholder('userId')),
        isLive,
        isActive,
        sql`to_timestamp(${sql.placeholder('issuedAtSeconds')}::float8)
          > now() - make_interval(secs => ${sql.placeholder('maxAgeSeconds')})`,
      ),
    )
    .prepare('session_user'),
)

/** Forgets sessions that ended or expired over a week ago. */
export async function forgetOldSessions({ db }: Database): Promise<number> {
  const gone = await db.execute(sql`
    DELETE FROM sessions WHERE expires_at < now() - interval '7 days' OR ended_at < now() - interval '7 days'`)
  return gone.count
}
