import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { ByteRange, ObjectStore } from '@tintype/object-store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { NotFound, RangeNotSatisfiable } from './errors.ts'

/** What is sent: an object whose bytes never change under its key. */
export interface SentObject {
  key: string
  bytes: number
  contentType: string
  /** The name of the file; with `attachment` browsers save it instead of showing it. */
  filename: string
  attachment: boolean
  cacheControl: string
  /** Whether a Range may be answered with part of it. */
  ranges: boolean
  /** Called when the bytes are at hand and none is sent yet: not for HEAD, 304 and 416. What it throws is answered instead. */
  beforeBytes?: () => Promise<void>
  /** Asked for another answer where the object is gone, say evicted since its row was read; undefined: it should be there, so 404. */
  whenMissing?: () => Promise<FastifyReply | undefined>
}

/**
 * The ETag under which an object's bytes are sent. A key names its bytes for
 * ever, and is not told: whoever has a link would learn the picture's id from it.
 */
export function etagOf(key: string): string {
  return `"${createHash('sha256').update(key).digest('base64url').slice(0, 22)}"`
}

/**
 * Answers GET and HEAD with an object's bytes: ETag and 304, one byte range
 * and 416 (RFC 9110 §13 and §14), Content-Disposition (RFC 6266). The store is
 * asked for no byte that is not sent.
 */
export async function sendObject(
  request: FastifyRequest,
  reply: FastifyReply,
  store: ObjectStore,
  sent: SentObject,
): Promise<FastifyReply> {
  const etag = etagOf(sent.key)
  const headers = {
    etag,
    'cache-control': sent.cacheControl,
    vary: [reply.getHeader('vary'), 'Accept'].filter((name) => name !== undefined).join(', '),
    'accept-ranges': sent.ranges ? 'bytes' : 'none',
    'content-disposition': contentDisposition(sent.filename, sent.attachment),
    // Whatever the bytes are, they are never a page of ours.
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'cross-origin',
  }
  if (isFresh(request, etag)) return reply.code(304).headers(headers).send()

  // A range is asked of GET alone (RFC 9110 §14.2).
  const partial = sent.ranges && request.method === 'GET' && isRangeCurrent(request, etag)
  const asked = partial ? parseRange(request.headers.range, sent.bytes) : undefined
  if (asked === 'unsatisfiable') {
    reply.header('content-range', `bytes */${sent.bytes}`)
    throw new RangeNotSatisfiable()
  }
  // Opened before a header is set, so that an error in place of the bytes has none of theirs.
  // Fastify takes «no body» of a HEAD for an empty one, and says so in its length; it leaves a stream's alone.
  const body = request.method === 'HEAD' ? Readable.from([]) : await open(request, reply, store, sent, asked)
  if (body === undefined) {
    const other = await sent.whenMissing?.()
    if (other !== undefined) return other
    request.log.error({ key: sent.key }, 'the store has no such object')
    throw new NotFound()
  }
  if (asked !== undefined) {
    reply.code(206).header('content-range', `bytes ${asked.start}-${asked.end}/${sent.bytes}`)
  }
  const length = asked === undefined ? sent.bytes : asked.end - asked.start + 1
  return reply.headers(headers).type(sent.contentType).header('content-length', length).send(body)
}

async function open(
  request: FastifyRequest,
  reply: FastifyReply,
  store: ObjectStore,
  { key, beforeBytes }: SentObject,
  range: ByteRange | undefined,
): Promise<Readable | Buffer | undefined> {
  const aborted = new AbortController()
  request.raw.once('close', () => {
    if (!reply.raw.writableFinished) aborted.abort()
  })
  const object = await store.get(key, { ...(range === undefined ? {} : { range }), signal: aborted.signal })
  if (object === undefined) {
    // A row names an object that is not there, unless the store itself is away: a folder that is not mounted looks the same.
    await store.ping()
    return undefined
  }
  if (object.content !== undefined) {
    await beforeBytes?.()
    return object.content
  }
  const { body } = object
  // It may break off while nobody reads it: what it failed with is seen by who reads next.
  body.on('error', () => {})
  try {
    await untilReadable(body)
    await beforeBytes?.()
    if (body.errored) throw body.errored
  } catch (error) {
    body.destroy()
    throw error
  }
  return body
}

/** Until the first byte or the end is at hand. @throws what the stream breaks off with before. */
async function untilReadable(body: Readable): Promise<void> {
  if (body.errored) throw body.errored
  if (body.readableLength === 0 && !body.readableEnded) await once(body, 'readable')
}

function isFresh(request: FastifyRequest, etag: string): boolean {
  const header = request.headers['if-none-match']
  if (header === undefined) return false
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

/** `If-Range`: the range counts only if the client's part is of these bytes. */
function isRangeCurrent(request: FastifyRequest, etag: string): boolean {
  const header = request.headers['if-range']
  return header === undefined || header === etag
}

/** One range of bytes; what is none, or asks for several, is ignored, as RFC 9110 §14.2 allows. */
export function parseRange(
  header: string | undefined,
  bytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(?:(\d{1,20})-(\d{0,20})|-(\d{1,20}))$/i.exec(header ?? '')
  if (match === null) return undefined
  const [, from, to, suffix] = match
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), bytes)
    return length === 0 ? 'unsatisfiable' : { start: bytes - length, end: bytes - 1 }
  }
  const start = Number(from)
  const end = to === '' || to === undefined ? bytes - 1 : Math.min(Number(to), bytes - 1)
  if (to !== '' && Number(to) < start) return undefined
  return start >= bytes ? 'unsatisfiable' : { start, end }
}

/** Content-Disposition with a name that any browser reads: ASCII for old ones, UTF-8 for the rest (RFC 6266, RFC 8187). */
export function contentDisposition(filename: string, attachment: boolean): string {
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${attachment ? 'attachment' : 'inline'}; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
