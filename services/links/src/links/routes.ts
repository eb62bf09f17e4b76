import type { Database } from '@tintype/database'
import { FAILURES, isUuid, parseTarget } from '@tintype/domain'
import {
  type Auth,
  actorOf,
  bearer,
  errors,
  type HttpServer,
  IdParams,
  NotFound,
  withDetails,
} from '@tintype/service-kit'
import { Type } from 'typebox'
import {
  BadCursor,
  BadFilename,
  ExpiresInOutOfRange,
  ImageFailed,
  LinksNotInTier,
  NoSuchTarget,
  TargetNotInTier,
} from './errors.ts'
import { parseFilename } from './filename.ts'
import { type IssueOutcome, issueLink } from './issue.ts'
import { listLinks } from './list.ts'
import type { LiveRecord } from './live-record.ts'
import type { RenditionWait } from './rendition-wait.ts'
import { revokeAll, revokeOne } from './revoke.ts'
import { IssuedLinkSchema, LinkListQuery, LinkListSchema, NewLinkSchema } from './schemas.ts'
import type { LinkClaim, Tokens } from './token.ts'

export interface LinkRoutesDependencies {
  auth: Auth
  database: Database
  record: LiveRecord
  renditions: RenditionWait
  tokens: Tokens
  publicUrl: string
}

/** What a person does with the links to their own images. Anybody else's images and links are 404 here. */
export function registerLinkRoutes(app: HttpServer, dependencies: LinkRoutesDependencies): void {
  const { auth, database, record, tokens, publicUrl } = dependencies
  const read = auth.allow('images:read')
  const write = auth.allow('links:write')
  const route = { tags: ['links'], security: bearer, params: IdParams }

  /** A link's address is made of its row whenever it is shown; it is kept nowhere. */
  const urlOf = ({ linkId, expiresAt }: LinkClaim) => `${publicUrl}/l/${tokens.sign({ linkId, expiresAt })}`

  app.post(
    '/v1/images/:id/links',
    {
      onRequest: auth.allow('links:write', 'link'),
      schema: {
        ...route,
        summary: 'Make a link to a picture',
        description:
          'A link may be made as soon as the picture is uploaded: who opens it before the thumbnail is there waits a moment for it.',
        body: NewLinkSchema,
        response: { 201: IssuedLinkSchema, ...errors(400, 401, 403, 404, 422, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { expiresIn, maxUses, password } = request.body
      const target = parseTarget(request.body.target)
      if (target === undefined) throw withDetails(new NoSuchTarget(), { field: 'target' })
      const filename = parseOptional(request.body.filename, parseFilename)
      if (filename === null) throw withDetails(new BadFilename(), { field: 'filename' })
      if (!isUuid(id)) throw new NotFound()

      const { user: owner } = actorOf(request)
      const order = { owner, imageId: id, target, expiresInSeconds: expiresIn, maxUses, password, filename }
      const issued = await issueLink(dependencies, order)
      if (issued.outcome !== 'issued') throw refusal(issued, target)

      const { link, expiresInSeconds } = issued
      const url = urlOf({ linkId: link.id, expiresAt: link.expiresAt })
      reply.code(201).headers({ location: url, 'cache-control': 'no-store' })
      return {
        id: link.id,
        url,
        target,
        expiresAt: link.expiresAt.toISOString(),
        expiresIn: expiresInSeconds,
        ...(maxUses === undefined ? {} : { usesLeft: maxUses }),
      }
    },
  )

  app.get(
    '/v1/images/:id/links',
    {
      onRequest: read,
      schema: {
        ...route,
        summary: 'The links to a picture that work, newest first',
        querystring: LinkListQuery,
        response: { 200: LinkListSchema, ...errors(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { limit, cursor } = request.query
      if (cursor !== undefined && !isUuid(cursor)) throw withDetails(new BadCursor(), { field: 'cursor' })
      if (!isUuid(id)) throw new NotFound()
      const query = { ownerId: actorOf(request).user.id, imageId: id, limit, after: cursor }
      const list = await listLinks({ database, record }, query)
      if (list.outcome === 'no-such-image') throw new NotFound()
      reply.header('cache-control', 'no-store')
      return {
        items: list.links.map((link) => ({
          id: link.id,
          url: urlOf({ linkId: link.id, expiresAt: link.expiresAt }),
          target: link.target,
          createdAt: link.createdAt.toISOString(),
          expiresAt: link.expiresAt.toISOString(),
          expiresIn: Math.floor(link.remainingMs / 1000),
          hasPassword: link.hasPassword,
          ...(link.usesLeft === undefined ? {} : { usesLeft: link.usesLeft }),
          ...(link.filename === null ? {} : { filename: link.filename }),
        })),
        nextCursor: list.nextCursor,
      }
    },
  )

  app.delete(
    '/v1/images/:id/links',
    {
      onRequest: write,
      schema: {
        ...route,
        summary: 'Revoke every link to a picture',
        response: { 204: Type.Null(), ...errors(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const whose = { ownerId: actorOf(request).user.id, imageId: id }
      if (!isUuid(id) || !(await revokeAll({ database, record, log: request.log }, whose)))
        throw new NotFound()
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/v1/links/:id',
    {
      onRequest: write,
      schema: {
        ...route,
        summary: 'Revoke a link',
        description: 'It is over at once and for good. A download that is under way goes on.',
        response: { 204: Type.Null(), ...errors(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const whose = { ownerId: actorOf(request).user.id, linkId: id }
      if (!isUuid(id) || !(await revokeOne({ database, record, log: request.log }, whose)))
        throw new NotFound()
      return reply.code(204).send(null)
    },
  )
}

/** Undefined where nothing was given, null where what was given is refused. */
function parseOptional<T>(
  text: string | undefined,
  parse: (text: string) => T | undefined,
): T | null | undefined {
  return text === undefined ? undefined : (parse(text) ?? null)
}

function refusal(refused: Exclude<IssueOutcome, { outcome: 'issued' }>, target: string): Error {
  switch (refused.outcome) {
    case 'no-such-image':
      return new NotFound()
    case 'links-not-in-tier':
      return new LinksNotInTier()
    case 'target-not-in-tier':
      return withDetails(new TargetNotInTier(target), { field: 'target' })
    case 'expiry-out-of-range': {
      const { minSeconds: min, maxSeconds: max } = refused
      return withDetails(new ExpiresInOutOfRange(min, max), { field: 'expiresIn', min, max })
    }
    case 'failed':
      return withDetails(new ImageFailed(FAILURES[refused.code]), { reason: refused.code })
  }
}
