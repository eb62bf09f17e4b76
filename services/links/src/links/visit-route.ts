import type { Database } from '@tintype/database'
import { FAILURES } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import {
  type Auth,
  errors,
  type HttpServer,
  NotFound,
  type ReadRecorder,
  sendObject,
  withDetails,
} from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { basicChallenge, basicPassword } from './basic-auth.ts'
import {
  ImageFailed,
  LinkNoLongerGranted,
  LinkNotReady,
  LinkPasswordLocked,
  LinkPasswordNeeded,
  TooManyForgedLinks,
} from './errors.ts'
import type { ForgedTokenLimit } from './forged-token-limit.ts'
import type { LiveRecord } from './live-record.ts'
import type { PasswordCheck } from './password-check.ts'
import type { RenditionWait } from './rendition-wait.ts'
import { type ResolveOutcome, resolveLink, spendUse } from './resolve.ts'
import { fileSchema, TokenParams } from './schemas.ts'
import type { Tokens } from './token.ts'
import type { UseRecorder } from './use-recorder.ts'

export interface VisitRouteDependencies {
  auth: Auth
  database: Database
  store: ObjectStore
  record: LiveRecord
  renditions: RenditionWait
  reads: ReadRecorder
  uses: UseRecorder
  tokens: Tokens
  passwords: PasswordCheck
  forgedTokens: ForgedTokenLimit
}

/** On every answer, so that an address which is a capability travels no further than it has to. */
const DISCREET = {
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
}

const RATE_LIMIT_HEADERS = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

/** What a link stands for, for whoever has it: the only route that asks for no account. */
export function registerVisitRoute(app: HttpServer, dependencies: VisitRouteDependencies): void {
  const { auth, database, store, record, reads, uses, forgedTokens } = dependencies

  async function visit(
    request: FastifyRequest,
    reply: FastifyReply,
    token: string,
    missingKey?: string,
  ): Promise<FastifyReply> {
    const password = basicPassword(request.headers.authorization)
    const resolved = await resolveLink(dependencies, {
      token,
      password,
      // A forged one is limited in the process, and costs Redis no call.
      onSigned: () => auth.throttleAddress(request, reply),
    })
    if (resolved.outcome !== 'found') throw refusal(request, reply, resolved)
    const { link, file } = resolved
    if (link.target !== 'original') reads.note(link.image.id, link.target)
    return sendObject(request, reply, store, {
      ...file,
      attachment: link.filename !== null,
      // A browser may keep the bytes, but asks each time whether the link still holds; nobody in between keeps them.
      cacheControl: 'private, no-cache',
      // Parts of a file would each be a use.
      ranges: link.maxUses === null,
      beforeBytes: async () => {
        if (!(await spendUse({ database, record, log: request.log }, link))) throw new NotFound()
        if (link.isWatched) uses.note(link.id)
      },
      // Evicted since its row was read: looked for again, and made again.
      whenMissing: async () => (file.key === missingKey ? undefined : visit(request, reply, token, file.key)),
    })
  }

  function refusal(
    request: FastifyRequest,
    reply: FastifyReply,
    refused: Exclude<ResolveOutcome, { outcome: 'found' }>,
  ): Error {
    switch (refused.outcome) {
      case 'forged': {
        const retryAfterSeconds = forgedTokens.count(request.ip)
        if (retryAfterSeconds === 0) return new NotFound()
        reply.header('retry-after', retryAfterSeconds)
        return new TooManyForgedLinks()
      }
      case 'unknown':
        // A forged one is not counted with the others: nothing may tell them apart.
        for (const header of RATE_LIMIT_HEADERS) reply.removeHeader(header)
        return new NotFound()
      case 'no-longer-granted':
        return new LinkNoLongerGranted()
      case 'password-needed':
        reply.header('www-authenticate', basicChallenge(refused.linkId))
        return new LinkPasswordNeeded()
      case 'password-locked':
        reply.header('retry-after', refused.retryAfterSeconds)
        return new LinkPasswordLocked()
      case 'failed':
        return withDetails(new ImageFailed(FAILURES[refused.code]), { reason: refused.code })
      case 'pending':
        return new LinkNotReady()
    }
  }

  app.route({
    method: ['GET', 'HEAD'],
    url: '/l/:token',
    config: { rateLimit: false },
    onRequest: async (_request, reply) => {
      reply.headers(DISCREET)
    },
    schema: {
      tags: ['links'],
      summary: 'The file that a link stands for',
      description:
        'An unknown, expired, revoked or used-up link is the same 404. A password comes by HTTP Basic, under any user name. A use is one answer with bytes.',
      params: TokenParams,
      response: {
        200: fileSchema('The file'),
        206: fileSchema('A part of it'),
        304: Type.Null(),
        ...errors(401, 403, 404, 416, 422, 429, 503),
      },
    },
    handler: (request, reply) => visit(request, reply, request.params.token),
  })
}
