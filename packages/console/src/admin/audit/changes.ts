import type { AuditEntry, Tier } from '@tintype/sdk'
import { targetLabel } from '../../images/targets.ts'
import { formatBytes } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'
import type { Change } from '../parts/changes-table.tsx'
import { formatTierField, TIER_FIELDS } from '../parts/format-tier.ts'
import { oneOf } from '../parts/use-filters.ts'

const { audit: w, users, lists } = adminWords

type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** What stands beside an id and says it better. */
const SAID_BY: Fields = { owner: 'ownerName', image: 'title' }

/**
 * What was before and what after, field by field, for a table: of what was made
 * there is no before, and of what was deleted no after.
 */
export function changesOf({ before, after, subject }: AuditEntry): { columns: string[]; changes: Change[] } {
  const sides = [
    { column: w.before, fields: before },
    { column: w.after, fields: after },
  ].flatMap(({ column, fields }) => (isFields(fields) ? [{ column, fields }] : []))
  const names = [...new Set(sides.flatMap(({ fields }) => Object.keys(fields)))]
  return {
    columns: [w.field, ...sides.map(({ column }) => column)],
    changes: names
      .filter((name) => !names.includes(String(SAID_BY[name])))
      .map((name) => ({
        name: w.fields[name] ?? name,
        values: sides.map(({ fields }) => describe(subject.type, name, fields[name])),
      })),
  }
}

/** What people called a subject that is gone. */
export function nameOf({ before, after }: AuditEntry): string | undefined {
  for (const fields of [before, after]) {
    if (!isFields(fields)) continue
    const name = fields.username ?? fields.name ?? (fields.title || fields.filename)
    if (typeof name === 'string') return name
  }
  return undefined
}

/** A log is for good: what is in it may be of another time, and is shown as it is where it is not known. */
function describe(type: string, name: string, value: unknown): string {
  if (value === undefined || value === null) return w.nothing
  const tierField = TIER_FIELDS.find((field) => field === name)
  if (type === 'tier' && tierField !== undefined)
    return formatTierField(tierField, value as Tier[typeof tierField])
  if (name === 'role' && typeof value === 'string') return users.roles[oneOf(users.roles, value) ?? 'user']
  if (name === 'bytes' && typeof value === 'number') return formatBytes(value)
  if (name === 'target' && typeof value === 'string') return targetLabel(value)
  if (typeof value === 'boolean') return value ? lists.yes : lists.no
  if (Array.isArray(value)) return value.length === 0 ? lists.none : value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
