import { CONVERSION_FORMATS, TIER_DEFAULTS, TIER_LIMITS } from '@tintype/domain'
import { Type } from 'typebox'
import { PasswordSchema } from '../auth/schemas.ts'
import { RoleSchema, TierSchema } from '../me/schemas.ts'

const limits = TIER_LIMITS
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

export const TierListSchema = Type.Object({ items: Type.Array(TierSchema) })

const tierReference = Type.String({
  minLength: 1,
  maxLength: limits.nameLength,
  pattern: '^[^\\p{Cc}]*$',
  description: 'Its name or its id',
})

export const NewUser = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}._-]*$',
      description: 'Letters, digits, dots, dashes and underscores',
    }),
    email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
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
    disabled: Type.Optional(Type.Boolean({ description: 'Ends every session and link of the user at once' })),
  },
  { additionalProperties: false, minProperties: 1 },
)
