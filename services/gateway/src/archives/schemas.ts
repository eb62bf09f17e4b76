import { Type } from 'typebox'

export const NewArchiveBody = Type.Object(
  {
    ids: Type.Optional(Type.Array(Type.String({ description: 'UUID' }), { minItems: 1, maxItems: 1000 })),
    all: Type.Optional(
      Type.Literal(true, { description: 'In place of ids: all that are there when it is fetched' }),
    ),
    rendition: Type.String({ description: '`original`, `h200`, `full.png` …' }),
  },
  { additionalProperties: false },
)

export const NewArchiveSchema = Type.Object({
  url: Type.String({ format: 'uri', description: 'Whoever has it may fetch the archive' }),
  expiresAt: Type.String({ format: 'date-time' }),
})

export const ArchiveQuery = Type.Object({ signature: Type.String() }, { additionalProperties: false })
