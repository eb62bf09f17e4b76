/** How much of a body has gone out. */
export type OnSent = (sentBytes: number) => void

export interface BodyRequest {
  url: string
  method: string
  headers: Record<string, string>
  body: Blob | null
  onSent?: OnSent | undefined
  signal?: AbortSignal | null | undefined
  credentials?: RequestCredentials | undefined
}

/** Sends a body and tells how far it is, which `fetch` alone does not. */
export function sendBody(request: BodyRequest, fetch: typeof globalThis.fetch): Promise<Response> {
  const { url, method, headers, body, onSent, credentials, signal } = request
  if (body === null || onSent === undefined) {
    return fetch(url, { method, headers, body, ...given({ credentials, signal }) })
  }
  return typeof XMLHttpRequest === 'undefined'
    ? sendCounted({ ...request, body, onSent }, fetch)
    : sendByXhr({ ...request, body, onSent })
}

type CountedRequest = BodyRequest & { body: Blob; onSent: OnSent }

/** As a stream, whose parts are counted as the connection takes them. */
function sendCounted(
  { url, method, headers, body, onSent, signal, credentials }: CountedRequest,
  fetch: typeof globalThis.fetch,
): Promise<Response> {
  let sent = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      sent += chunk.byteLength
      onSent(sent)
      controller.enqueue(chunk)
    },
  })
  const init: RequestInit & { duplex: 'half' } = {
    method,
    headers,
    body: body.stream().pipeThrough(counting),
    duplex: 'half',
    ...given({ credentials, signal }),
  }
  return fetch(url, init)
}

/** Browsers tell how far a body is through this alone. */
function sendByXhr({
  url,
  method,
  headers,
  body,
  onSent,
  signal,
  credentials,
}: CountedRequest): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const xhr = new XMLHttpRequest()
  xhr.open(method, url)
  xhr.responseType = 'arraybuffer'
  xhr.withCredentials = credentials === 'include'
  for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
  xhr.upload.onprogress = (event) => onSent(event.loaded)
  xhr.onload = () => resolve(responseOf(xhr))
  xhr.onerror = () => reject(new TypeError('the connection failed'))
  xhr.onabort = () => reject(signal?.reason ?? new DOMException('The request was aborted', 'AbortError'))
  const abort = () => xhr.abort()
  signal?.addEventListener('abort', abort, { once: true })
  xhr.onloadend = () => signal?.removeEventListener('abort', abort)
  if (signal?.aborted) reject(signal.reason)
  else xhr.send(body)
  return promise
}

/** Statuses whose answers have no body, not even an empty one (Fetch §2.2.3). */
const BODILESS = new Set([101, 204, 205, 304])

function responseOf(xhr: XMLHttpRequest): Response {
  const { status, statusText } = xhr
  const lines = xhr.getAllResponseHeaders().trim().split(/\r\n/).filter(Boolean)
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return new Response(BODILESS.has(status) ? null : xhr.response, { status, statusText, headers })
}

/** Those that are told: `fetch` takes no undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}
