import fc from 'fast-check'
import { createValues, type JsonSchema, ODD_TEXTS } from './schema-values.ts'

/** What is read of an operation in the API's document. */
export interface Operation {
  parameters?: {
    name: string
    in: 'path' | 'query' | 'header'
    required?: boolean
    schema: JsonSchema
    description?: string
  }[]
  requestBody?: { content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>
}

/** Who asks: somebody who may do everything, a program of theirs, nobody, or somebody who makes a token up. */
export const CALLERS = ['operator', 'key', 'nobody', 'forger'] as const

export interface FuzzRequest {
  caller: (typeof CALLERS)[number]
  path: string
  /** A path parameter holds what can be no id and no name of anything. */
  isNowhere: boolean
  headers: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer> | FormData | undefined
}

/** What there is to ask about. */
export interface Things {
  /** By the segment of a path before the id. */
  ids: Record<string, string[]>
  /** Of archives and direct uploads: what their addresses are signed with. */
  signatures: string[]
  tokens: string[]
  picture: Uint8Array<ArrayBuffer>
}

/** The values of a header are Latin-1 without control characters (RFC 9110 §5.5); a client sends nothing else. */
const HEADER_TEXTS = ODD_TEXTS.filter((text) => /^[\x20-\x7e]{0,4000}$/.test(text))
const HEADERS: Record<string, string[]> = {
  accept: ['application/json', 'image/webp,*/*;q=0.8', 'text/html', '*/*', 'x'],
  range: ['bytes=0-1', 'bytes=-1', 'bytes=99999999-', 'bytes=1-0', 'bytes=0-0,2-3', 'lines=1'],
  'if-none-match': ['*', '"x"', 'W/"x"', 'x'],
  'if-range': ['"x"', 'Wed, 25 Nov 2026 10:00:00 GMT'],
  'tus-resumable': ['1.0.0', '0.2.2'],
  'upload-offset': ['0', '1', '-1', '9007199254740993'],
  'upload-length': ['0', '1', '4000', '9007199254740993'],
  'upload-metadata': ['filename YS5qcGc=', 'filename', 'a b c', ',', 'filename '],
  'upload-checksum': ['sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=', 'md5 x', 'sha1'],
  'x-http-method-override': ['PATCH', 'DELETE', 'GET'],
  origin: ['https://elsewhere.example', 'null'],
}
/** Those that any request may have. */
const COMMON = ['accept', 'origin']
const OF_FILES = ['range', 'if-none-match', 'if-range']

/** What is no JSON, or not only that. */
const BROKEN_JSON = [
  '',
  '{',
  '{"a":}',
  '[1,]',
  'NaN',
  '"\\ud800"',
  '\ufeff{}',
  '{}{}',
  `"${'a'.repeat(70_000)}"`,
]
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=x',
  'x',
  'multipart/form-data',
]

/** Generates requests for one operation: mostly such that reach what it does, each with something odd about it or nothing. */
export function requestsFor(name: string, operation: Operation, things: Things): fc.Arbitrary<FuzzRequest> {
  const [method = '', template = ''] = name.split(' ')
  const values = createValues(Object.values(things.ids).flat())
  const { parameters = [], requestBody } = operation
  const named = (where: string) => parameters.filter((one) => one.in === where)

  const path = fc.record(
    Object.fromEntries(named('path').map(({ name: parameter }) => [parameter, segment(parameter)])),
  )
  const query = fc.record(
    Object.fromEntries(
      named('query').map(({ name: parameter, schema, description = '' }) => {
        const odd = values.any({ ...schema, description }).map(textOf)
        return [parameter, mostly(queryValue(parameter, { ...schema, description }), odd)]
      }),
    ),
    {
      requiredKeys: named('query')
        .filter((one) => one.required)
        .map((one) => one.name),
    },
  )
  const headers = fc.record(
    Object.fromEntries<fc.Arbitrary<string>>(
      [
        ...COMMON,
        ...(method === 'GET' || method === 'HEAD' ? OF_FILES : []),
        ...named('header').map((one) => one.name),
      ].map((header) => [header, headerValue(header)]),
    ),
    { requiredKeys: named('header').map((one) => one.name) },
  )
  const caller = fc.oneof(
    { weight: 8, arbitrary: fc.constant('operator' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...CALLERS) },
  )

  return fc.record({ caller, path, query, headers, content: content() }).map((made) => {
    const segments = made.path as Record<string, string>
    const address = template.replace(/\{(\w+)\}/g, (_, key: string) =>
      encodeURIComponent(segments[key] ?? ''),
    )
    const asked = new URLSearchParams(
      Object.entries(made.query).filter(([, value]) => value !== undefined) as [string, string][],
    )
    return {
      caller: made.caller,
      path: asked.size === 0 ? address : `${address}?${asked}`,
      isNowhere: Object.values(segments).some((value) => NOWHERE.includes(value)),
      headers: { ...(made.headers as Record<string, string>), ...made.content.headers },
      body: made.content.body,
    }
  })

  function queryValue(parameter: string, schema: JsonSchema): fc.Arbitrary<string | undefined> {
    if (parameter === 'signature') return fc.constantFrom(...things.signatures)
    // Only an answer has one that is good.
    if (parameter === 'cursor') return fc.constant(undefined)
    return values.valid(schema).map(textOf)
  }

  function segment(parameter: string): fc.Arbitrary<string> {
    const before =
      template
        .slice(0, template.indexOf(`{${parameter}}`))
        .split('/')
        .at(-2) ?? ''
    const known = { ...SEGMENTS, token: things.tokens, id: things.ids[before] ?? [] }[parameter] ?? []
    return fc.oneof(
      ...(known.length > 0 ? [{ weight: 6, arbitrary: fc.constantFrom(...known) }] : []),
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: fc.constantFrom(...NOWHERE) },
    )
  }

  function headerValue(header: string): fc.Arbitrary<string> {
    const known = HEADERS[header]
    const usual = known === undefined ? fc.uuid() : fc.constantFrom(known[0] ?? '', ...known)
    return mostly(usual, fc.constantFrom(...HEADER_TEXTS))
  }

  function content(): fc.Arbitrary<Pick<FuzzRequest, 'headers' | 'body'>> {
    const none = fc.constant({ headers: {} })
    if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return none
    const json = requestBody?.content['application/json']?.schema
    const typed = (type: fc.Arbitrary<string>, body: fc.Arbitrary<string | Uint8Array<ArrayBuffer>>) =>
      fc.record({ headers: fc.record({ 'content-type': type }), body })
    const broken = typed(fc.constant('application/json'), fc.constantFrom(...BROKEN_JSON))
    const other = typed(fc.constantFrom(...OTHER_TYPES), fc.constantFrom('{}', 'a=b', ''))
    const bytes = typed(
      fc.constantFrom('application/offset+octet-stream', 'image/jpeg', 'application/octet-stream'),
      fc.constantFrom(things.picture, things.picture.slice(0, 200), new Uint8Array(1)),
    )
    const usual =
      json !== undefined
        ? typed(
            fc.constant('application/json'),
            values.any(json).map((value) => JSON.stringify(value)),
          )
        : requestBody !== undefined
          ? form()
          : fc.oneof(none, bytes)
    return fc.oneof(
      { weight: 10, arbitrary: usual },
      { weight: 1, arbitrary: broken },
      { weight: 1, arbitrary: other },
      { weight: 1, arbitrary: none },
    )
  }

  function form(): fc.Arbitrary<Pick<FuzzRequest, 'headers' | 'body'>> {
    const file = fc.constantFrom(things.picture, things.picture.slice(0, 200), new Uint8Array(0))
    const part = fc.record({
      name: fc.oneof(
        { weight: 4, arbitrary: fc.constant('file') },
        { weight: 1, arbitrary: fc.constantFrom('title', '', 'x') },
      ),
      filename: fc.constantFrom('a.jpg', ...ODD_TEXTS),
      file: fc.oneof(file, fc.constantFrom(...ODD_TEXTS)),
    })
    return fc.array(part, { maxLength: 4 }).map((parts) => {
      const body = new FormData()
      for (const one of parts) {
        if (typeof one.file === 'string') body.append(one.name, one.file)
        else body.append(one.name, new Blob([one.file]), one.filename)
      }
      return { headers: {}, body }
    })
  }
}

/** What stands where something is named that cannot be there; a client takes dots alone for a way through folders. */
const NOWHERE = ODD_TEXTS.filter((text) => text !== '' && text !== '\ud83d')
const SEGMENTS: Record<string, string[]> = {
  height: ['200', '400', '1', '4096', '4097', '0'],
  format: ['png', 'jpeg', 'webp', 'avif', 'gif'],
}

function mostly<T, U>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 7, arbitrary: usual }, { weight: 1, arbitrary: other })
}

function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return (text ?? '').toWellFormed()
}
