import { AUDIT_ACTIONS } from '@tintype/database'
import { CONVERSION_FORMATS, IMAGE_FORMATS } from '@tintype/domain'
import { type TInteger, Type } from 'typebox'
import { IdsBody, id, nextCursor, paging, search, time } from './schemas.ts'

const owner = Type.Object({ id, username: Type.String(), href: Type.String({ format: 'uri' }) })
const error = Type.Object({ code: Type.String(), message: Type.String() })

export const AuditQuery = Type.Object(
  {
    ...paging,
    actor: Type.Optional(id),
    subject: Type.Optional(id),
    action: Type.Optional(Type.Enum([...AUDIT_ACTIONS])),
    from: Type.Optional(time),
    to: Type.Optional(time),
  },
  { additionalProperties: false },
)
const changed = Type.Unknown({ description: 'The fields that the change is about, or null' })
export const AuditListSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      id,
      at: time,
      actor: Type.Object({ id, username: Type.String() }),
      action: Type.String(),
      subject: Type.Object({
        type: Type.String(),
        id,
        name: Type.Union([Type.String(), Type.Null()], {
          description:
            'Of a user or tier its name, of a picture its title or file name; null once it is gone',
        }),
      }),
      before: changed,
      after: changed,
      address: Type.String(),
      requestId: Type.String(),
    }),
  ),
  nextCursor,
})

export const AdminImageListQuery = Type.Object(
  {
    ...paging,
    owner: Type.Optional(id),
    state: Type.Optional(Type.Enum(['pending', 'ready', 'failed'])),
    q: search('Text in title or filename'),
  },
  { additionalProperties: false },
)
export const AdminImageSummarySchema = Type.Object({
  id,
  title: Type.String(),
  filename: Type.String(),
  format: Type.Enum([...IMAGE_FORMATS]),
  width: Type.Integer(),
  height: Type.Integer(),
  bytes: Type.Integer(),
  sha256: Type.String(),
  state: Type.Enum(['pending', 'ready', 'failed']),
  error: Type.Optional(error),
  attempts: Type.Integer({ description: 'Decodes begun since the last one that ended' }),
  uploadedAt: time,
  owner,
})
export const AdminImageListSchema = Type.Object({ items: Type.Array(AdminImageSummarySchema), nextCursor })
export const AdminImageSchema = Type.Object({
  ...AdminImageSummarySchema.properties,
  renditions: Type.Array(
    Type.Object({
      name: Type.String({ description: 'h200, h200.webp, full.png' }),
      state: Type.Enum(['ready', 'pending', 'failed']),
      width: Type.Optional(Type.Integer()),
      height: Type.Optional(Type.Integer()),
      format: Type.Optional(Type.Enum([...CONVERSION_FORMATS])),
      bytes: Type.Optional(Type.Integer()),
      error: Type.Optional(error),
    }),
  ),
})
export const AdminImageChanges = Type.Object(
  { owner: Type.String({ description: 'UUID of the user who gets it' }) },
  { additionalProperties: false },
)
export const RetryBody = Type.Union([
  IdsBody,
  Type.Object({ all: Type.Literal(true) }, { additionalProperties: false }),
])
export const RetriesSchema = Type.Object({
  retried: Type.Array(id, { description: 'Those of which something had failed' }),
  more: Type.Boolean(),
})

export const AdminLinkListQuery = Type.Object(
  { ...paging, owner: Type.Optional(id), image: Type.Optional(id) },
  { additionalProperties: false },
)
export const AdminLinkListSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      id,
      image: Type.Object({ id, title: Type.String(), filename: Type.String() }),
      owner,
      target: Type.String(),
      createdAt: time,
      expiresAt: time,
      expiresIn: Type.Integer({ description: 'Seconds left' }),
      maxUses: Type.Union([Type.Integer(), Type.Null()]),
      hasPassword: Type.Boolean(),
      filename: Type.Union([Type.String(), Type.Null()]),
    }),
  ),
  nextCursor,
})

const counts = <const Name extends string>(...names: Name[]) =>
  Type.Object(Object.fromEntries(names.map((name) => [name, Type.Integer()])) as Record<Name, TInteger>)
export const StatsSchema = Type.Object({
  users: counts('total', 'disabled', 'admins'),
  bytes: Type.Integer({ description: 'What all users hold, as their quotas count it' }),
  images: counts('pending', 'ready', 'failed', 'deleting'),
  failures: Type.Array(Type.Object({ ...error.properties, images: Type.Integer() }), {
    description: 'Of those that failed, how many for which reason',
  }),
  uploads: Type.Object({
    open: Type.Integer({ description: 'Announced and under way; quotas count each as an image already' }),
    lastHour: Type.Integer(),
    lastDay: Type.Integer(),
  }),
  renditions: counts('ready', 'wanted', 'failed'),
  oldestPendingSeconds: Type.Number(),
  estimated: Type.Boolean({ description: 'Whether what is ready is too much to be counted each time' }),
  queues: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object(
        {
          oldestWaitingSeconds: Type.Number({ description: '0 where no job waits' }),
          workers: Type.Integer({ description: 'Workers that take its jobs now' }),
        },
        { additionalProperties: Type.Integer(), description: 'Jobs in each state' },
      ),
    ),
  ),
})
