import { randomBytes } from 'node:crypto'
import type { Role } from '@tintype/domain'
import type { Answer, ImageBody, UploadBody } from './answers.ts'
import { notePasswords } from './log-secrets.ts'
import { poll } from './poll.ts'

export interface UploadFile {
  filename: string
  bytes: Uint8Array
  title?: string
  contentType?: string
}

export interface Credentials {
  username: string
  password: string
}

export interface RequestOptions {
  headers?: Record<string, string>
  signal?: AbortSignal
  redirect?: 'follow' | 'manual'
}

type Content = string | FormData | Uint8Array<ArrayBuffer>

/** A caller of the product. Paths are relative to its address; absolute URLs are taken as they are. */
export interface Client {
  readonly url: string
  readonly accessToken: string | undefined
  request<Body = unknown>(
    method: string,
    path: string,
    options?: RequestOptions & { body?: Content },
  ): Promise<Answer<Body>>
  get<Body = unknown>(path: string, options?: RequestOptions): Promise<Answer<Body>>
  post<Body = unknown>(path: string, json?: unknown, options?: RequestOptions): Promise<Answer<Body>>
  patch<Body = unknown>(path: string, json: unknown, options?: RequestOptions): Promise<Answer<Body>>
  delete<Body = unknown>(path: string, options?: RequestOptions): Promise<Answer<Body>>
  upload(files: UploadFile[], options?: RequestOptions): Promise<Answer<UploadBody>>
  /** Uploads one picture. @throws unless it is accepted. */
  uploadOne(file: UploadFile): Promise<ImageBody>
  /** The image once it is no longer `pending`. */
  waitUntilSettled(imageId: string, timeoutMs?: number): Promise<ImageBody>
}

export function createClient(url: string, accessToken?: string): Client {
  async function request<Body>(
    method: string,
    path: string,
    options: RequestOptions & { body?: Content } = {},
  ): Promise<Answer<Body>> {
    const { headers, ...rest } = options
    const response = await fetch(new URL(path, url), {
      method,
      ...rest,
      headers: {
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...headers,
      },
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    const isJson = /^application\/(\w+\+)?json\b/.test(response.headers.get('content-type') ?? '')
    const body: unknown = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined
    return { status: response.status, headers: response.headers, body: body as Body, bytes }
  }

  function withJson<Body>(method: string, path: string, json: unknown, options: RequestOptions = {}) {
    if (json === undefined) return request<Body>(method, path, options)
    notePasswords(json)
    const headers = { 'content-type': 'application/json', ...options.headers }
    return request<Body>(method, path, { ...options, headers, body: JSON.stringify(json) })
  }

  const client: Client = {
    url,
    accessToken,
    request,
    get: (path, options) => request('GET', path, options),
    post: (path, json, options) => withJson('POST', path, json, options),
    patch: (path, json, options) => withJson('PATCH', path, json, options),
    delete: (path, options) => request('DELETE', path, options),
    upload: (files, options) => request('POST', '/v1/images', { ...options, body: formOf(files) }),
    async uploadOne(file) {
      const answer = await client.upload([file])
      const image = answer.body?.items?.[0]?.image
      if (image === undefined) throw unexpected('an upload', answer)
      return image
    },
    waitUntilSettled: (imageId, timeoutMs = 60_000) =>
      poll(
        async () => {
          const answer = await client.get<ImageBody>(`/v1/images/${imageId}`)
          if (answer.status !== 200) throw unexpected('an image', answer)
          return answer.body.state !== 'pending' && answer.body
        },
        { timeoutMs, waitingFor: `image ${imageId} to be ready or failed` },
      ),
  }
  return client
}

/** A title is a part before the file it belongs to. */
function formOf(files: UploadFile[]): FormData {
  const form = new FormData()
  for (const { filename, bytes, title, contentType } of files) {
    if (title !== undefined) form.append('title', title)
    const blob = new Blob([new Uint8Array(bytes)], contentType === undefined ? {} : { type: contentType })
    form.append('file', blob, filename)
  }
  return form
}

/** @throws unless the product lets them in. */
export async function signIn(url: string, { username, password }: Credentials): Promise<Client> {
  const answer = await createClient(url).post<{ accessToken?: string }>('/v1/auth/login', {
    username,
    password,
  })
  const token = answer.body?.accessToken
  if (answer.status !== 200 || token === undefined) throw unexpected('a login', answer)
  return createClient(url, token)
}

export interface TestUser extends Credentials {
  id: string
  client: Client
}

/** Makes a user as an administrator and signs them in. `tier` is a name or an id. */
export async function createUser(
  admin: Client,
  {
    tier,
    role = 'user',
    username = `user-${randomBytes(6).toString('hex')}`,
  }: { tier: string; role?: Role; username?: string },
): Promise<TestUser> {
  const password = randomBytes(12).toString('base64url')
  const fields = { username, email: `${username}@example.com`, password, tier, role }
  const answer = await admin.post<{ id: string }>('/v1/admin/users', fields)
  if (answer.status !== 201) throw unexpected('a new user', answer)
  const client = await signIn(admin.url, { username, password })
  return { id: answer.body.id, username, password, client }
}

function unexpected(what: string, answer: Answer<unknown>): Error {
  return new Error(`${what} was answered with ${answer.status}: ${answer.bytes.toString().slice(0, 1000)}`)
}
