import type { Database, ImageWithRenditions } from '@tintype/database'
import {
  extensionOf,
  FAILURES,
  type ImageFormat,
  mediaTypeOf,
  pictureName,
  type RenditionName,
} from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import {
  type Auth,
  actorOf,
  etagOf,
  NotFound,
  type ReadRecorder,
  sendObject,
  withDetails,
} from '@tintype/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ImageFailed } from './errors.ts'
import { prefersJson } from './negotiation.ts'
import { findOwnImage } from './own-image.ts'
import { look, type RenditionOutcome, type Renditions } from './renditions.ts'
import { checkGrant } from './rights.ts'

export interface SenderDependencies {
  auth: Pick<Auth, 'renew'>
  database: Database
  store: ObjectStore
  renditions: Renditions
  reads: ReadRecorder
}

interface SentFile {
  file: { key: string; format: ImageFormat; width: number; height: number; bytes: number }
  /** The name it is saved under, unless the request says another. */
  filename: string
  url: string
  whenMissing?: () => Promise<FastifyReply | undefined>
}

interface SentRendition {
  found: ImageWithRenditions
  name: RenditionName
  filename: (extension: string) => string
  url: string
  /** When to ask again for one that is not there yet. */
  retryAfterSeconds: number
}

/** Routes that send files have these in their query: see `BytesQuery`. */
interface BytesRequest extends FastifyRequest {
  query: { download: boolean; filename?: string }
}

/** A browser may keep it, but asks each time whether it may still show it. */
const CACHE_CONTROL = 'private, no-cache'

/** How a file is answered: its bytes, or a description of it to those who prefer that. */
export function createSender({ auth, database, store, renditions, reads }: SenderDependencies) {
  async function sendFile(request: BytesRequest, reply: FastifyReply, sent: SentFile): Promise<FastifyReply> {
    const { file, url, whenMissing } = sent
    const { key, ...described } = file
    if (prefersJson(request.headers.accept)) {
      return reply
        .headers({ vary: varyOf(reply), 'cache-control': CACHE_CONTROL })
        .send({ url, state: 'ready', ...described, etag: etagOf(key) })
    }
    const { download, filename = sent.filename } = request.query
    return sendObject(request, reply, store, {
      key,
      bytes: file.bytes,
      contentType: mediaTypeOf(file.format),
      filename: pictureName(filename, file.format),
      attachment: download || request.query.filename !== undefined,
      cacheControl: CACHE_CONTROL,
      ranges: true,
      ...(whenMissing === undefined ? {} : { whenMissing }),
    })
  }

  async function sendRendition(
    request: BytesRequest,
    reply: FastifyReply,
    sent: SentRendition,
  ): Promise<FastifyReply> {
    return answer(request, reply, sent, await obtain(request, reply, sent))
  }

  async function obtain(
    request: BytesRequest,
    reply: FastifyReply,
    { found, name }: Pick<SentRendition, 'found' | 'name'>,
  ): Promise<RenditionOutcome> {
    const now = look(found, name)
    if (now.outcome !== 'pending') return now
    const made = await renditions.make(found, name, request.log)
    await findAgain(request, reply, { found, name })
    return made
  }

  /** After any wait: sessions, rights and owners may have changed meanwhile. @throws what then is to be answered. */
  async function findAgain(
    request: BytesRequest,
    reply: FastifyReply,
    { found, name }: Pick<SentRendition, 'found' | 'name'>,
  ): Promise<ImageWithRenditions> {
    await auth.renew(request, reply)
    const again = await findOwnImage(database, request, found.image.id)
    checkGrant(actorOf(request).user.tier, name)
    return again
  }

  async function answer(
    request: BytesRequest,
    reply: FastifyReply,
    sent: SentRendition,
    rendition: RenditionOutcome,
  ): Promise<FastifyReply> {
    const { name, url } = sent
    const { id } = sent.found.image
    switch (rendition.outcome) {
      case 'gone':
        throw new NotFound()
      case 'failed':
        throw withDetails(new ImageFailed(FAILURES[rendition.code]), { reason: rendition.code })
      case 'pending':
        reply.headers({ 'retry-after': sent.retryAfterSeconds, vary: varyOf(reply) })
        return reply.code(202).send({ state: 'pending', url })
      case 'ready': {
        const { file } = rendition
        reads.note(id, name)
        return sendFile(request, reply, {
          file,
          url,
          filename: sent.filename(extensionOf(file.format)),
          // Evicted since its row was read: looked for again, and made again.
          async whenMissing() {
            const found = await findAgain(request, reply, sent)
            const again = await obtain(request, reply, { found, name })
            const isSame = again.outcome === 'ready' && again.file.key === file.key
            return isSame ? undefined : answer(request, reply, { ...sent, found }, again)
          },
        })
      }
    }
  }

  return { sendFile, sendRendition }
}

function varyOf(reply: FastifyReply): string {
  return [reply.getHeader('vary'), 'Accept'].filter((name) => name !== undefined).join(', ')
}
