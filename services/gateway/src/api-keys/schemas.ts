import { SCOPES } from '@tintype/domain'
import { Type } from 'typebox'

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 3600

const ScopesSchema = Type.Array(Type.Enum([...SCOPES]), { minItems: 1, uniqueItems: true })

export const NewApiKey = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: '^(?=.*\\S)[^\\p{Cc}]+$',
      description: 'Unique among the user’s keys, whatever the case',
    }),
    scopes: ScopesSchema,
    expiresIn: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: TEN_YEARS_SECONDS,
        description: 'Seconds; a key without an expiry ends when it is deleted',
      }),
    ),
    expiresAt: Type.Optional(
      Type.String({ format: 'date-time', maxLength: 64, description: 'In place of expiresIn' }),
    ),
  },
  { additionalProperties: false },
)

const nullableTime = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])

export const ApiKeySchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: ScopesSchema,
  hint: Type.String({ description: 'The first characters of the key' }),
  createdAt: Type.String({ format: 'date-time' }),
  expiresAt: nullableTime,
  lastUsedAt: Type.Union(nullableTime.anyOf, { description: 'To the minute' }),
})

export const IssuedApiKeySchema = Type.Object({
  ...ApiKeySchema.properties,
  key: Type.String({ description: 'Shown this once. Send it as `Authorization: Bearer ttk_…`' }),
})

export const ApiKeyListSchema = Type.Object({ items: Type.Array(ApiKeySchema) })
