import { IMAGE_FORMATS, mediaTypeOf, TIER_LIMITS } from '@tintype/domain'
import { Type } from 'typebox'

export const NewUploadBody = Type.Object(
  {
    filename: Type.String(),
    title: Type.Optional(Type.String()),
    bytes: Type.Integer({ minimum: 1, maximum: TIER_LIMITS.uploadBytes, description: 'The exact size' }),
    contentType: Type.Enum(IMAGE_FORMATS.map(mediaTypeOf), {
      description: 'What is sent along; what the file is, is told by its bytes',
    }),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'Checked, in hex' })),
  },
  { additionalProperties: false },
)

export const NewUploadSchema = Type.Object({
  id: Type.String(),
  expiresAt: Type.String({ format: 'date-time' }),
  upload: Type.Object(
    {
      method: Type.Enum(['POST', 'PUT']),
      url: Type.String({ format: 'uri' }),
      fields: Type.Optional(
        Type.Record(Type.String(), Type.String(), {
          description: 'With POST: form fields to send before the field `file`',
        }),
      ),
      headers: Type.Optional(
        Type.Record(Type.String(), Type.String(), { description: 'With PUT: headers to send' }),
      ),
    },
    { description: 'How to send the file; it needs no other credentials' },
  ),
})

export const DirectUploadSchema = Type.Object({
  id: Type.String(),
  state: Type.Enum(['open', 'completed', 'expired']),
  filename: Type.String(),
  title: Type.String(),
  bytes: Type.Integer(),
  contentType: Type.String(),
  expiresAt: Type.String({ format: 'date-time' }),
  image: Type.Optional(Type.Object({ id: Type.String(), href: Type.String({ format: 'uri' }) })),
})

export const ContentQuery = Type.Object({ signature: Type.String() }, { additionalProperties: false })
