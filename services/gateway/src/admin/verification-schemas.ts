import { VERIFICATION_PHASES, VERIFICATION_PROBLEMS, type VerificationProblem } from '@tintype/domain'
import { Type } from 'typebox'
import { id, nextCursor, paging, time } from './schemas.ts'

export const VerificationWishes = Type.Object(
  {
    hash: Type.Boolean({
      default: false,
      description: 'Also read every uploaded file and compare its SHA-256: as much as there is',
    }),
    repair: Type.Boolean({
      default: false,
      description:
        'Mend what can be: files made of pictures are made again, files that belong to nothing are deleted once ' +
        'they are old enough, usages are set right. An uploaded file that is lost or changed cannot be mended',
    }),
  },
  { additionalProperties: false },
)

export const VerificationSchema = Type.Object({
  id,
  hash: Type.Boolean(),
  repair: Type.Boolean(),
  state: Type.Enum(['running', 'done', 'stopped']),
  phase: Type.Enum([...VERIFICATION_PHASES], { description: 'What it is at' }),
  imagesTotal: Type.Integer({ description: 'As many as there were when it began, until it is done' }),
  imagesDone: Type.Integer(),
  objectsSeen: Type.Integer({ description: 'Files in the store' }),
  bytesHashed: Type.Integer(),
  found: Type.Integer({ description: 'How much is wrong' }),
  mended: Type.Integer({ description: 'How much of it is mended' }),
  startedAt: time,
  endedAt: Type.Optional(time),
})

export const VerificationListSchema = Type.Object({ items: Type.Array(VerificationSchema), nextCursor })
export const VerificationListQuery = Type.Object(paging, { additionalProperties: false })

export const FindingListQuery = Type.Object(
  { ...paging, cursor: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,8}$' })) },
  { additionalProperties: false },
)
export const FindingListSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      problem: Type.Enum(Object.keys(VERIFICATION_PROBLEMS) as VerificationProblem[]),
      message: Type.String(),
      subject: Type.Object({ type: Type.Enum(['image', 'file', 'user']), id }),
      rendition: Type.Optional(Type.String({ description: '`h200`, `full.png` …' })),
      expected: Type.Optional(Type.String({ description: 'What should be' })),
      actual: Type.Optional(Type.String({ description: 'What was found' })),
      mended: Type.Boolean(),
    }),
  ),
  nextCursor,
})
