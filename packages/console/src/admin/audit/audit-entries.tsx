import { Avatar, Text, UnstyledButton } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { AuditEntry } from '@tintype/sdk'
import { useId } from 'react'
import { formatAgo, formatDate } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'
import { ChangesTable } from '../parts/changes-table.tsx'
import { RowLink } from '../parts/row-link.tsx'
import { oneOf } from '../parts/use-filters.ts'
import classes from './audit-entries.module.css'
import { changesOf, nameOf } from './changes.ts'

const w = adminWords.audit

/** Of more fields than this, they are shown when asked for. */
const SHOWN_AT_ONCE = 6

/** Who changed what, and how: a sentence, and what differs. */
export function AuditEntries({ entries }: { entries: AuditEntry[] }) {
  return (
    <ol className={classes.list} aria-label={w.list}>
      {entries.map((entry) => (
        <li key={entry.id} className={classes.entry}>
          <Avatar name={entry.actor.username} color="gray" radius="xl" size={32} aria-hidden />
          <div className={classes.body}>
            <Text size="sm">
              <RowLink href={`/users/${entry.actor.id}`} strong>
                {entry.actor.username}
              </RowLink>{' '}
              {w.actions[oneOf(w.actions, entry.action) ?? 'user.update']} <Subject entry={entry} />
            </Text>
            <Text size="xs" c="dimmed">
              <time dateTime={entry.at} title={formatDate(entry.at)}>
                {formatAgo(entry.at)}
              </time>
              {` · ${w.fromAddress(entry.address)} · `}
              <span className={classes.request}>{w.request(entry.requestId)}</span>
            </Text>
            <Changes entry={entry} />
          </div>
        </li>
      ))}
    </ol>
  )
}

/** What still is there is led to; of what is gone, the name that it had. */
function Subject({ entry }: { entry: AuditEntry }) {
  const { type, id, name } = entry.subject
  const text = name ?? nameOf(entry)
  if (text === undefined) return type === 'verification' ? null : <em>{w.gone(id.slice(0, 8))}</em>
  if (name === null) return <strong>{text}</strong>
  const page = { user: 'users', tier: 'tiers', image: 'images' }[type]
  return page === undefined ? (
    <strong>{text}</strong>
  ) : (
    <RowLink href={`/${page}/${id}`} strong>
      {text}
    </RowLink>
  )
}

function Changes({ entry }: { entry: AuditEntry }) {
  const { columns, changes } = changesOf(entry)
  const [isOpen, { toggle }] = useDisclosure(changes.length <= SHOWN_AT_ONCE)
  const id = useId()
  if (changes.length === 0) return null
  return (
    <>
      {changes.length > SHOWN_AT_ONCE && (
        <UnstyledButton className={classes.toggle} onClick={toggle} aria-expanded={isOpen} aria-controls={id}>
          {isOpen ? w.hideChanges : w.showChanges(changes.length)}
        </UnstyledButton>
      )}
      <div id={id} hidden={!isOpen} className={classes.changes}>
        <ChangesTable label={w.changeOf} columns={columns} changes={changes} />
      </div>
    </>
  )
}
