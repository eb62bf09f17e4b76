import { CONVERSION_FORMATS, IMAGE_FORMATS } from '@tintype/domain'
import { Type } from 'typebox'

export const RenditionSchema = Type.Object({
  url: Type.String({ format: 'uri' }),
  state: Type.Enum(['ready', 'pending', 'failed', 'on-request']),
  width: Type.Optional(Type.Integer()),
  height: Type.Optional(Type.Integer()),
  format: Type.Optional(Type.Enum([...CONVERSION_FORMATS])),
  bytes: Type.Optional(Type.Integer()),
})

export const ImageSchema = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    filename: Type.String(),
    format: Type.Enum([...IMAGE_FORMATS]),
    width: Type.Integer({ description: 'Pixels, as seen once the picture is ready' }),
    height: Type.Integer(),
    bytes: Type.Integer(),
    sha256: Type.String(),
    state: Type.Enum(['pending', 'ready', 'failed']),
    error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
    thumbhash: Type.Union([Type.String(), Type.Null()], {
      description: 'A placeholder of some 25 bytes in base64 (https://evanw.github.io/thumbhash/)',
    }),
    uploadedAt: Type.String({ format: 'date-time' }),
    owner: Type.Object({ id: Type.String(), href: Type.String({ format: 'uri' }) }),
    thumbnails: Type.Record(Type.String(), RenditionSchema, {
      description: 'By height; only those of your tier',
    }),
    conversions: Type.Optional(
      Type.Record(Type.String(), RenditionSchema, { description: 'By format; only those of your tier' }),
    ),
    original: Type.Optional(Type.Object({ url: Type.String({ format: 'uri' }) })),
    linksUrl: Type.Optional(Type.String({ format: 'uri' })),
  },
  { description: 'A picture, with what your tier grants of it' },
)

export const ImageListSchema = Type.Object({
  items: Type.Array(ImageSchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
  total: Type.Optional(Type.Integer({ description: 'Pictures on all pages, where it was asked for' })),
})

export const ImageListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
    cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the page before' })),
    state: Type.Optional(Type.Enum(['pending', 'ready', 'failed'])),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        // PostgreSQL's text knows no NUL.
        pattern: '^[^\\0]*$',
        description: 'Text in title or filename',
      }),
    ),
    order: Type.Union([Type.Literal('newest'), Type.Literal('oldest')], { default: 'newest' }),
    total: Type.Boolean({ default: false, description: 'Count the pictures on all pages' }),
  },
  { additionalProperties: false },
)

/** Cut to what is kept of a name; how much may be sent is limited by the body. */
export const ImageNames = Type.Object(
  { title: Type.Optional(Type.String()), filename: Type.Optional(Type.String()) },
  { additionalProperties: false, minProperties: 1 },
)

export const DeletionBody = Type.Object(
  { ids: Type.Array(Type.String({ description: 'UUID' }), { minItems: 1, maxItems: 1000 }) },
  { additionalProperties: false },
)

export const DeletionResultSchema = Type.Object({
  items: Type.Array(Type.Object({ id: Type.String(), status: Type.Enum(['deleted', 'not-found']) }), {
    description: 'One for each id, in the order they were sent',
  }),
})

export const BytesQuery = Type.Object(
  {
    download: Type.Boolean({ default: false, description: 'Send it as an attachment' }),
    filename: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Send it as an attachment of this name' }),
    ),
  },
  { additionalProperties: false },
)

export const ThumbnailParams = Type.Object({
  id: Type.String({ description: 'UUID' }),
  height: Type.String({ description: 'Pixels, 1 to 4096' }),
})

export const NotReadySchema = Type.Object({
  state: Type.Literal('pending'),
  url: Type.String({ format: 'uri' }),
})

export const ConversionParams = Type.Object({
  id: Type.String({ description: 'UUID' }),
  format: Type.String({ description: 'jpeg (or jpg), png, webp or avif' }),
})

/** What a file is, in place of its bytes. */
export const FileSchema = Type.Object({
  url: Type.String({ format: 'uri' }),
  state: Type.Literal('ready'),
  format: Type.Enum([...IMAGE_FORMATS]),
  width: Type.Integer(),
  height: Type.Integer(),
  bytes: Type.Integer(),
  etag: Type.String(),
})

/** The schema of an answer that is a file, or its description. */
export function fileSchema(description: string) {
  const bytes = { type: 'string', format: 'binary' }
  return {
    description,
    content: { 'image/*': { schema: bytes }, 'application/json': { schema: FileSchema } },
  }
}
