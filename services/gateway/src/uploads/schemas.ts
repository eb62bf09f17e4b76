import { ErrorSchema } from '@tintype/service-kit'
import { Type } from 'typebox'
import { ImageSchema } from '../images/schemas.ts'

/** The parts of an upload, for the document alone: they are streams, and are checked as they arrive. */
export const UploadBody = Type.Object({
  title: Type.Optional(Type.String({ description: 'Names the file that comes after it' })),
  file: Type.Unsafe<unknown>({
    type: 'array',
    minItems: 1,
    maxItems: 50,
    items: { type: 'string', contentMediaType: 'application/octet-stream' },
  }),
})

export const UploadHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ description: '1 to 255 visible ASCII characters, new for each upload' }),
  ),
})

export const UploadItemSchema = Type.Object({
  filename: Type.String(),
  status: Type.Union([Type.Literal('accepted'), Type.Literal('rejected')]),
  image: Type.Optional(ImageSchema),
  error: Type.Optional(ErrorSchema),
})

export const UploadResultSchema = Type.Object({
  items: Type.Array(UploadItemSchema, { description: 'One for each file, in the order they were sent' }),
})

/** All files refused: the error of the first, and what became of each. */
export const UploadRefusedSchema = Type.Intersect([
  ErrorSchema,
  Type.Object({ items: Type.Optional(Type.Array(UploadItemSchema)) }),
])
