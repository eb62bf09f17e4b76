import type { Agent } from 'node:http'
import type { Random } from '../random.ts'
import { type Call, call } from './http-call.ts'
import type { Person } from './ledger.ts'
import type { PictureSource } from './pictures.ts'
import type { Asked, Tally } from './tally.ts'

/** What those who make the load share. */
export interface LoadContext {
  /** Where people reach the product. */
  url: string
  pictures: PictureSource
  random: Random
  agent?: Agent
  /** How long links live. None is visited in its last quarter: whether it still lives would be a matter of chance. */
  linkSeconds: number
  /** Where what comes of a request is counted: another one for each fault. */
  tally: Tally
  /** Ends what would be tried again for ever. */
  stopping: AbortSignal
}

/** Asks in a person's name and counts what came of it. Paths are the product's; absolute addresses are taken as they are. */
export async function ask(
  context: LoadContext,
  person: Person | undefined,
  path: string,
  { method = 'GET', headers, body }: Partial<Omit<Call, 'url' | 'agent'>> = {},
): Promise<Asked> {
  const { tally, agent } = context
  const url = new URL(path, context.url)
  const outcome = await call({
    method,
    url: url.href,
    headers: { ...(person && { authorization: `Bearer ${person.key}` }), ...headers },
    ...(body !== undefined && { body }),
    ...(agent && { agent }),
  })
  // An address that is a capability is not for anybody's screen.
  return tally.note(`${method} ${url.pathname.replace(/^\/l\/.*/, '/l/…')}`, outcome)
}

export function askWithJson(
  context: LoadContext,
  person: Person,
  path: string,
  json: object,
): Promise<Asked> {
  const headers = { 'content-type': 'application/json' }
  return ask(context, person, path, { method: 'POST', headers, body: Buffer.from(JSON.stringify(json)) })
}
