import { createHash } from 'node:crypto'
import type { Answer, Client, ProblemBody } from '@tintype/testkit'
import { reachable } from '../direct-uploads/direct.ts'
import type { TestGateway } from '../gateway.ts'

/** The headers of every request of the protocol. */
const TUS = { 'tus-resumable': '1.0.0' }

type Headers = Record<string, string>
type Body = Uint8Array | undefined

/** A user's requests of the tus protocol, as a client library makes them. */
export interface TusCaller {
  /** Begins an upload of so many bytes. */
  create(bytes: number, options?: { headers?: Headers; body?: Body }): Promise<Answer<ProblemBody>>
  /** The same. @returns the upload's address. */
  begin(bytes: number, headers?: Headers): Promise<string>
  patch(url: string, offset: number, body: Body, headers?: Headers): Promise<Answer<ProblemBody>>
  head(url: string): Promise<Answer<ProblemBody>>
  end(url: string): Promise<Answer<ProblemBody>>
}

export function tusOf(gateway: Pick<TestGateway, 'url'>, client: Client): TusCaller {
  const send = (method: string, url: string, headers: Headers, body?: Body) =>
    client.request<ProblemBody>(method, reachable(gateway as TestGateway, url), {
      headers: { ...TUS, ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    })
  const OCTETS = { 'content-type': 'application/offset+octet-stream' }

  async function create(bytes: number, options: { headers?: Headers; body?: Body } = {}) {
    const { headers, body } = options
    const media = body === undefined ? {} : OCTETS
    return send('POST', '/v1/tus', { 'upload-length': String(bytes), ...media, ...headers }, body)
  }
  return {
    create,
    async begin(bytes, headers = {}) {
      const made = await create(bytes, { headers })
      if (made.status !== 201) throw new Error(`an upload was answered with ${made.status}`)
      return made.headers.get('location') ?? ''
    },
    patch: (url, offset, body, headers) =>
      send('PATCH', url, { ...OCTETS, 'upload-offset': String(offset), ...headers }, body),
    head: (url) => send('HEAD', url, {}),
    end: (url) => send('DELETE', url, {}),
  }
}

export function metadata(fields: Record<string, string>): Headers {
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  )
  return { 'upload-metadata': pairs.join(',') }
}

export function checksum(algorithm: 'sha1' | 'sha256', bytes: Uint8Array): Headers {
  return { 'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}` }
}

/** Keys of what is staged of an upload. */
export async function piecesOf({ store }: Pick<TestGateway, 'store'>, url: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(`staging/${url.split('/').at(-1)}`)) keys.push(key)
  return keys
}

export const imageIdOf = ({ headers }: Answer<unknown>) => headers.get('tintype-image-id')
export const offsetOf = ({ headers }: Answer<unknown>) => headers.get('upload-offset')
