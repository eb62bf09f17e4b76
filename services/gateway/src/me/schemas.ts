import { CONVERSION_FORMATS, ROLES } from '@tintype/domain'
import { Type } from 'typebox'

export const RoleSchema = Type.Enum([...ROLES])

export const TierSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  thumbnailHeights: Type.Array(Type.Integer()),
  originalAccess: Type.Boolean(),
  conversionFormats: Type.Array(Type.Enum([...CONVERSION_FORMATS])),
  linkAccess: Type.Boolean(),
  linkMinSeconds: Type.Integer(),
  linkMaxSeconds: Type.Integer(),
  maxUploadBytes: Type.Integer(),
  maxPixels: Type.Integer(),
  quotaBytes: Type.Integer(),
  quotaImages: Type.Integer(),
  readsPerMinute: Type.Integer(),
  uploadsPerMinute: Type.Integer(),
  linksPerMinute: Type.Integer(),
  generation: Type.Union([Type.Literal('eager'), Type.Literal('lazy')]),
  isDefault: Type.Boolean(),
  version: Type.Integer(),
})

export const UserSchema = Type.Object({
  id: Type.String(),
  username: Type.String(),
  email: Type.Union([Type.String(), Type.Null()]),
  role: RoleSchema,
  disabled: Type.Boolean(),
  createdAt: Type.String({ format: 'date-time' }),
  tier: TierSchema,
  usage: Type.Object({
    bytes: Type.Integer(),
    quotaBytes: Type.Integer(),
    images: Type.Integer(),
    quotaImages: Type.Integer(),
  }),
})
