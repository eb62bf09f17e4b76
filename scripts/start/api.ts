import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pickText } from '../json-value.ts'

/** The few calls of the public API that the launcher makes, as any client would. */
export interface Api {
  signIn(username: string, password: string): Promise<Session | undefined>
}

export interface Session {
  /** Uploads a picture and waits until it is ready. @returns its id. */
  upload(file: string, type: string): Promise<string>
  hasImages(): Promise<boolean>
  /** @returns the link's URL. */
  createLink(imageId: string, target: string, expiresInSeconds: number): Promise<string>
  signOut(): Promise<void>
}

const ANSWER_MS = 30_000
const READY_MS = 60_000

export function connectApi(origin: string): Api {
  const call: Call = async (method, path, init) => {
    const answer = await fetch(`${origin}${path}`, {
      method,
      ...init,
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : parse(text), what: `${method} ${path}` }
  }
  return {
    /** @returns nothing when the password is not the user's. */
    async signIn(username, password) {
      const answer = await call('POST', '/v1/auth/login', json({ username, password }))
      if (answer.status === 401) return undefined
      const token = text(answer, 'accessToken')
      return session(call, { authorization: `Bearer ${token}` })
    },
  }
}

interface Answer {
  status: number
  body: unknown
  what: string
}

type Call = (
  method: string,
  path: string,
  init: { body?: string | FormData; headers?: Record<string, string> },
) => Promise<Answer>

function session(call: Call, authorization: Record<string, string>): Session {
  return {
    async upload(file, type) {
      const form = new FormData()
      form.append('file', await openAsBlob(file, { type }), basename(file))
      const id = text(
        await call('POST', '/v1/images', { body: form, headers: authorization }),
        'items',
        0,
        'image',
        'id',
      )
      const deadline = performance.now() + READY_MS
      for (;;) {
        const answer = await call('GET', `/v1/images/${id}`, { headers: authorization })
        const state = text(answer, 'state')
        if (state === 'ready') return id
        if (state !== 'pending' || performance.now() > deadline) throw unexpected(answer)
        await delay(100)
      }
    },
    async hasImages() {
      const answer = await call('GET', '/v1/images?limit=1', { headers: authorization })
      return pickText(answer.body, 'items', 0, 'id') !== undefined
    },
    async createLink(imageId, target, expiresInSeconds) {
      const { body, headers } = json({ target, expiresIn: expiresInSeconds })
      const all = { ...headers, ...authorization }
      return text(await call('POST', `/v1/images/${imageId}/links`, { body, headers: all }), 'url')
    },
    async signOut() {
      const answer = await call('POST', '/v1/auth/logout', { headers: authorization })
      if (answer.status >= 400) throw unexpected(answer)
    },
  }
}

function json(value: unknown) {
  return { body: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
}

function text(answer: Answer, ...path: (string | number)[]): string {
  const found = pickText(answer.body, ...path)
  if (found === undefined) throw unexpected(answer)
  return found
}

function unexpected({ status, body, what }: Answer): Error {
  const reason = pickText(body, 'message') ?? pickText(body, 'items', 0, 'error', 'message')
  return new Error(`${what} answered ${status}${reason === undefined ? '' : `: ${reason}`}`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // an answer that is no JSON has none of what is looked for
  }
}
