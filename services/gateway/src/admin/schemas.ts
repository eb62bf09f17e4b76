import { CONVERSION_FORMATS, TIER_DEFAULTS, TIER_LIMITS } from '@tintype/domain'
import { ErrorSchema } from '@tintype/service-kit'
import { Type } from 'typebox'
import { PasswordSchema } from '../auth/schemas.ts'
import { RoleSchema, TierSchema, UserSchema } from '../me/schemas.ts'

const limits = TIER_LIMITS
export const time = Type.String({ format: 'date-time' })
const seconds = (description: string) =>
  Type.Integer({ minimum: 1, maximum: limits.linkSeconds, description })

const perMinute = (description: string) =>
  Type.Integer({
    minimum: 1,
    maximum: limits.perMinute,
    description: `${description} of one user in a minute`,
  })

const tierFields = {
  name: Type.String({
    minLength: 1,
    maxLength: limits.nameLength,
    pattern: '^[^\\s\\p{Cc}]([^\\p{Cc}]*[^\\s\\p{Cc}])?$',
    description: 'Text without control characters, and without blanks at its ends',
  }),
  thumbnailHeights: Type.Array(Type.Integer({ minimum: 1, maximum: limits.thumbnailHeightPx }), {
    maxItems: limits.thumbnailHeights,
    uniqueItems: true,
    description: 'Heights of the thumbnails that the tier grants, in pixels',
  }),
  originalAccess: Type.Boolean({ description: 'Whether the uploaded file may be fetched' }),
  conversionFormats: Type.Array(Type.Enum([...CONVERSION_FORMATS]), {
    uniqueItems: true,
    description: 'Formats in which the picture may be had at its full size',
  }),
  linkAccess: Type.Boolean({ description: 'Whether expiring links may be made' }),
  linkMinSeconds: seconds('Shortest life of a link'),
  linkMaxSeconds: seconds('Longest life of a link'),
  maxUploadBytes: Type.Integer({ minimum: 1, maximum: limits.uploadBytes, description: 'Size of one file' }),
  maxPixels: Type.Integer({
    minimum: 1,
    maximum: limits.pixels,
    description: 'Width × height of one picture',
  }),
  quotaBytes: Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'Size of all files',
  }),
  quotaImages: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'Number of pictures' }),
  readsPerMinute: perMinute('Requests that read or change'),
  uploadsPerMinute: perMinute('Uploads'),
  linksPerMinute: perMinute('Links made'),
  generation: Type.Union([Type.Literal('eager'), Type.Literal('lazy')], {
    description: 'eager: renditions are made after the upload; lazy: on first request',
  }),
  isDefault: Type.Boolean({ description: 'Whether users made without a tier get this one' }),
}

export const TierChanges = Type.Partial(Type.Object(tierFields), {
  additionalProperties: false,
  minProperties: 1,
})

/** A new tier: a name, and what differs from the defaults. */
export const NewTier = Type.Object(
  {
    ...Type.Partial(Type.Object(tierFields)).properties,
    name: tierFields.name,
  },
  { additionalProperties: false, description: `What is left out is as in ${JSON.stringify(TIER_DEFAULTS)}` },
)

export const TierListSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      ...TierSchema.properties,
      users: Type.Integer({ description: 'How many users have it' }),
    }),
  ),
})

const targets = (description: string) =>
  Type.Array(Type.String(), { description: `${description}: original, h200, full.png` })
export const TierPreviewSchema = Type.Object({
  tier: TierSchema,
  users: Type.Integer({ description: 'How many have it' }),
  usersOverQuota: Type.Integer({ description: 'Those of them who hold more than it would let them' }),
  images: Type.Integer({ description: 'Pictures of those users' }),
  gained: targets('What they could have of each picture'),
  lost: targets('What they could have no more'),
  renditions: Type.Integer({ description: 'Files that would be made in the background' }),
  estimated: Type.Boolean({ description: 'Whether those are the most there can be' }),
})

const tierReference = Type.String({
  minLength: 1,
  maxLength: limits.nameLength,
  pattern: '^[^\\p{Cc}]*$',
  description: 'Its name or its id',
})

const email = Type.String({ format: 'email', maxLength: 254 })

export const NewUser = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}._-]*$',
      description: 'Letters, digits, dots, dashes and underscores',
    }),
    email: Type.Optional(email),
    password: PasswordSchema,
    tier: Type.Optional(tierReference),
    role: Type.Optional(RoleSchema),
  },
  { additionalProperties: false },
)

export const UserChanges = Type.Object(
  {
    tier: Type.Optional(tierReference),
    role: Type.Optional(RoleSchema),
    disabled: Type.Optional(
      Type.Boolean({ description: 'Ends every session, API key and link of the user at once' }),
    ),
    email: Type.Optional(Type.Union([email, Type.Null()], { description: 'null takes it away' })),
  },
  { additionalProperties: false, minProperties: 1 },
)

export const NewPassword = Type.Object({ password: PasswordSchema }, { additionalProperties: false })

export const TierDeletionQuery = Type.Object(
  { moveTo: Type.Optional(tierReference) },
  { additionalProperties: false },
)

export const ReconcileSchema = Type.Object({
  version: Type.Integer({ description: 'The version of the tier that it is for' }),
  state: Type.Enum(['none', 'running', 'done']),
  imagesTotal: Type.Integer({ description: 'As many as there were when it began, until it is done' }),
  imagesDone: Type.Integer(),
  startedAt: Type.Optional(time),
  finishedAt: Type.Optional(time),
})

export const paging = {
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the page before' })),
}
export const nextCursor = Type.Union([Type.String(), Type.Null()])
export const id = Type.String({ description: 'UUID' })
export const search = (description: string) =>
  // PostgreSQL's text knows no NUL.
  Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[^\\0]*$', description }))
export const UserListQuery = Type.Object(
  {
    ...paging,
    q: search('Text in name or address'),
    tier: Type.Optional(tierReference),
    role: Type.Optional(RoleSchema),
    disabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export const UserListSchema = Type.Object({ items: Type.Array(UserSchema), nextCursor })

const ids = Type.Array(id, { minItems: 1, maxItems: 100, uniqueItems: true })
export const IdsBody = Type.Object({ ids }, { additionalProperties: false })
export const UserDeletionsSchema = Type.Object({
  items: Type.Array(
    Type.Object({ id, status: Type.Enum(['deleted', 'refused']), error: Type.Optional(ErrorSchema) }),
  ),
})
