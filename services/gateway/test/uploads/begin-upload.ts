import type { Client, Scope } from '@tintype/testkit'
import { openConnection, type RawConnection } from '../raw-http.ts'
import { CONTENT_TYPE } from './multipart.ts'

/**
 * A connection on which the head of an upload was sent, and nothing of its body.
 * @param headers further lines; how long the body is must be among them.
 */
export async function beginUpload(
  t: Scope,
  { url, accessToken }: Client,
  ...headers: string[]
): Promise<RawConnection> {
  const connection = await openConnection(t, url)
  const head = [
    'POST /v1/images HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${accessToken}`,
    ...(headers.some((header) => header.startsWith('Content-Type')) ? [] : [`Content-Type: ${CONTENT_TYPE}`]),
    ...headers,
  ]
  await connection.send(`${head.join('\r\n')}\r\n\r\n`)
  return connection
}
