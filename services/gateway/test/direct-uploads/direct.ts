import type { Answer, Client, ImageBody, ProblemBody } from '@tintype/testkit'
import type { TestGateway } from '../gateway.ts'

export interface Announced {
  id: string
  expiresAt: string
  upload: {
    method: 'POST' | 'PUT'
    url: string
    fields?: Record<string, string>
    headers?: Record<string, string>
  }
}

export const announce = (client: Client, fields: object) =>
  client.post<Announced & ProblemBody>('/v1/uploads', {
    ...{ filename: 'a.jpg', contentType: 'image/jpeg' },
    ...fields,
  })

/** Sends a file as the announcement's answer says, with no credentials of its sender's. */
export async function sendTo(
  gateway: TestGateway,
  { upload: { method, url, fields, headers } }: Announced,
  bytes: Uint8Array,
): Promise<{ status: number; text: string }> {
  const blob = new Blob([new Uint8Array(bytes)])
  let body: FormData | Blob = blob
  if (method === 'POST') {
    body = new FormData()
    for (const [name, value] of Object.entries(fields ?? {})) body.append(name, value)
    body.append('file', blob, 'file')
  }
  const answer = await fetch(reachable(gateway, url), {
    method,
    body,
    ...(headers === undefined ? {} : { headers }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** An address of the gateway's own by the name that is recorded here. */
export const reachable = ({ url }: TestGateway, address: string) =>
  address.replace(url.replace('127.0.0.1', 'localhost'), url)

export const complete = (client: Client, id: string): Promise<Answer<ImageBody & ProblemBody>> =>
  client.post(`/v1/uploads/${encodeURIComponent(id)}/complete`)

export async function stagedIn({ store }: TestGateway): Promise<string[]> {
  const ids: string[] = []
  for await (const { key } of store.list('staging/')) ids.push(key.slice('staging/'.length))
  return ids
}
