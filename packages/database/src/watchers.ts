import type { Role } from '@tintype/domain'
import type { Database } from './client.ts'
import { sql } from './orm.ts'

/** What somebody showed as they began to watch. `issuedAtSeconds` is PostgreSQL's time. */
export type Watcher =
  | { userId: string; sessionId: string; issuedAtSeconds: number }
  | { userId: string; keyId: string }

/**
 * Of those who watch, those who still may, in one query: the session or key
 * holds, the access token is no older than `maxAgeSeconds`, the user is active.
 *
 * @returns the users' roles of now, by the number of the watcher.
 */
export async function listLiveWatchers(
  { db }: Database,
  watchers: readonly Watcher[],
  { maxAgeSeconds }: { maxAgeSeconds: number },
): Promise<Map<number, Role>> {
  const rows = await db.execute<{ number: number; role: Role }>(sql`
    SELECT w.number, u.role
    FROM jsonb_to_recordset(${JSON.stringify(watchers.map((watcher, number) => ({ number, ...watcher })))}::jsonb)
      AS w (number integer, "userId" uuid, "sessionId" uuid, "keyId" uuid, "issuedAtSeconds" float8)
    JOIN users u ON u.id = w."userId" AND u.disabled_at IS NULL AND u.deleted_at IS NULL
    LEFT JOIN sessions s ON s.id = w."sessionId" AND s.user_id = u.id AND s.ended_at IS NULL AND s.expires_at > now()
      AND to_timestamp(w."issuedAtSeconds") > now() - make_interval(secs => ${maxAgeSeconds})
    LEFT JOIN api_keys k ON k.id = w."keyId" AND k.user_id = u.id AND coalesce(k.expires_at > now(), true)
    WHERE s.id IS NOT NULL OR k.id IS NOT NULL`)
  return new Map(rows.map(({ number, role }) => [number, role]))
}
