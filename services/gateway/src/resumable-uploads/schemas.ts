import { type TProperties, Type } from 'typebox'

/** What is told exactly. */
const COUNT = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER }

/** What a request of the protocol says beside what it is about. */
const protocolHeaders = <Properties extends TProperties>(properties: Properties) =>
  Type.Object({ 'tus-resumable': Type.Optional(Type.String({ description: '1.0.0' })), ...properties })

const uploadChecksum = Type.Optional(
  Type.String({
    description:
      '`sha1` or `sha256`, a space, and the digest of this body in Base64. What does not have it is not kept',
  }),
)

export const CreationHeaders = protocolHeaders({
  'upload-length': Type.Integer({
    ...COUNT,
    description: 'The size of the file. It cannot be deferred: room is reserved for it',
  }),
  'upload-metadata': Type.Optional(
    Type.String({
      description:
        'Pairs of a key and a value in Base64, separated by commas: `filename`, `title`, `filetype`',
    }),
  ),
  'upload-checksum': uploadChecksum,
})

export const PatchHeaders = protocolHeaders({
  'upload-offset': Type.Integer({ ...COUNT, description: 'Where in the file the body begins' }),
  'upload-checksum': uploadChecksum,
})

export const OverrideHeaders = protocolHeaders({
  'x-http-method-override': Type.Enum(['PATCH', 'DELETE'], { description: 'What is meant' }),
  'upload-offset': Type.Optional(Type.Integer(COUNT)),
  'upload-checksum': uploadChecksum,
})

export const UploadHeaders = protocolHeaders({})
