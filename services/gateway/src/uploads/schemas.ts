import { ErrorSchema } from '@tintype/service-kit'
import { Type } from 'typebox'
import { ImageSchema } from '../images/schemas.ts'

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
