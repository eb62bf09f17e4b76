import { finished } from 'node:stream'
import { contentDisposition } from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { zipOf } from '../archives/zip.ts'
import { createUserTurns } from '../uploads/user-turns.ts'
import { type ExportDependencies, openUserExport } from './contents.ts'
import { TooManyExports } from './errors.ts'

/** Exports of one user that are fetched at once from one process. */
const MAX_EXPORTS_PER_USER = 1

export const ExportSchema = Type.Unsafe<unknown>({
  type: 'string',
  format: 'binary',
  description: 'A Zip: records in JSON, one a line, and the uploaded files',
})

export type SendExport = (
  request: FastifyRequest,
  reply: FastifyReply,
  what: { userId: string; originals: boolean; before?: () => Promise<void> },
) => Promise<FastifyReply>

/** Sends all that is kept of a user as one file, as fast as it is read. */
export function createExportSender(dependencies: ExportDependencies): SendExport {
  const takeTurn = createUserTurns(MAX_EXPORTS_PER_USER)

  return async (request, reply, { userId, originals, before }) => {
    const turn = takeTurn(userId)
    if (!turn.isFree) {
      reply.header('retry-after', 30)
      throw new TooManyExports()
    }
    const left = new AbortController()
    // Also where the client has left while the store was asked.
    finished(reply.raw, () => {
      left.abort()
      turn[Symbol.dispose]()
    })
    // While an error can still be answered.
    await dependencies.store.ping(left.signal)
    await before?.()
    const zip = zipOf(openUserExport(dependencies, userId, { originals, signal: left.signal }))
    zip.once('error', (error: Error) => {
      if (!left.signal.aborted) request.log.error({ err: error }, 'an export was cut')
    })
    return reply
      .headers({
        'cache-control': 'no-store',
        'content-disposition': contentDisposition(`tintype-${userId}.zip`, true),
      })
      .type('application/zip')
      .send(zip)
  }
}
