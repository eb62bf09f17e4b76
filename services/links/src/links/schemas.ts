import { Type } from 'typebox'

export const NewLinkSchema = Type.Object(
  {
    target: Type.String({
      description:
        '`original`, a thumbnail of your tier by its height, `h200`, or the whole picture in a format of your tier, `full.png`',
    }),
    expiresIn: Type.Optional(
      Type.Integer({
        description:
          'Seconds, within the range of your tier; 3600 unless told, or the nearest your tier allows',
      }),
    ),
    maxUses: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description: 'Answers with bytes, after which the link is over; Range is then ignored',
      }),
    ),
    password: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'Visitors give it by HTTP Basic, under any name',
      }),
    ),
    filename: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The name under which visitors save the file, at most 255 characters',
      }),
    ),
  },
  { additionalProperties: false },
)

const described = {
  id: Type.String({ description: 'UUID' }),
  url: Type.String({
    format: 'uri',
    description: 'Whoever has it may use it: keep it as you would a password',
  }),
  target: Type.String(),
  expiresAt: Type.String({ format: 'date-time' }),
  usesLeft: Type.Optional(Type.Integer({ description: 'Absent where uses are not limited' })),
}

export const IssuedLinkSchema = Type.Object(
  { ...described, expiresIn: Type.Integer({ description: 'Seconds' }) },
  { description: 'A new link' },
)

export const LinkSchema = Type.Object(
  {
    ...described,
    expiresIn: Type.Integer({ description: 'Seconds that are left' }),
    createdAt: Type.String({ format: 'date-time' }),
    hasPassword: Type.Boolean(),
    filename: Type.Optional(Type.String()),
  },
  { description: 'A link that works' },
)

export const LinkListSchema = Type.Object({
  items: Type.Array(LinkSchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

export const LinkListQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 100 }),
    cursor: Type.Optional(Type.String({ description: 'The `nextCursor` of the page before' })),
  },
  { additionalProperties: false },
)

export const TokenParams = Type.Object({ token: Type.String() })

/** The schema of an answer that is a file. */
export function fileSchema(description: string) {
  return Type.Unsafe<unknown>({ type: 'string', format: 'binary', description })
}
