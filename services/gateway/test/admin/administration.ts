import { randomBytes } from 'node:crypto'
import { createPendingImage, publishRenditions } from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import type { ProblemBody } from '@tintype/testkit'
import { sharedGateway } from '../gateway.ts'

export interface List {
  items: Record<string, unknown>[]
  nextCursor: string | null
}
export type Body = Record<string, unknown> & ProblemBody

export const gateway = await sharedGateway()
export const { database } = gateway
export const admin = await gateway.signInAsAdmin()
/** Of a tier or a user, and nobody's yet. */
export const newName = () => `x-${randomBytes(4).toString('hex')}`
export const list = async (path: string) => (await admin.get<List>(`/v1/admin/${path}`)).body
export const ids = ({ items }: List) => items.map(({ id }) => id)
export const lastAudit = async () => (await list('audit?limit=1')).items[0]

/** A picture without bytes, still to be processed. */
export async function addImage(
  ownerId: string,
  fields: { bytes?: number; title?: string } = {},
): Promise<string> {
  const id = uuidv7()
  const made = await createPendingImage(database, {
    id,
    ownerId,
    title: 'A picture',
    filename: 'picture.jpg',
    sha256: '0'.repeat(64),
    format: 'jpeg',
    width: 8,
    height: 6,
    bytes: 1000,
    ...fields,
  })
  if (made.outcome !== 'created') throw new Error(made.outcome)
  return id
}
export const ready = (id: string) =>
  publishRenditions(database, id, { width: 8, height: 6, thumbhash: '', files: [] })
