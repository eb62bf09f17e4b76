import type { Log } from '@tintype/service-kit'

/** The parts of an OpenAPI document that are merged. */
export interface OpenApiDocument {
  paths?: Record<string, unknown>
  tags?: unknown[]
  components?: { schemas?: Record<string, unknown> }
  [key: string]: unknown
}

/** How often the links service's routes are read again, in milliseconds. */
const REFRESH_MS = 60_000
const RETRY_MS = 2000

export interface LinksDocument extends Disposable {
  /** Adds the links service's routes, as last read, to the gateway's own. */
  mergeInto(own: OpenApiDocument): OpenApiDocument
}

/** Keeps a copy of the links service's OpenAPI document, so that the API has one document whoever answers. */
export function followLinksDocument(linksUrl: string, log: Log): LinksDocument {
  let latest: OpenApiDocument = {}
  let timer: NodeJS.Timeout

  async function read(): Promise<void> {
    let next = REFRESH_MS
    try {
      const response = await fetch(`${linksUrl}/docs/json`, { signal: AbortSignal.timeout(2000) })
      if (!response.ok) throw new Error(`links answered ${response.status}`)
      latest = (await response.json()) as OpenApiDocument
    } catch (error) {
      log.debug({ err: error }, 'could not read the API document of links')
      next = RETRY_MS
    }
    timer = setTimeout(read, next).unref()
  }
  timer = setTimeout(read, 0)

  return {
    mergeInto(own) {
      const theirs = Object.entries(latest.paths ?? {}).filter(
        ([path]) => path.startsWith('/v1/') || path.startsWith('/l/'),
      )
      return {
        ...own,
        paths: { ...own.paths, ...Object.fromEntries(theirs) },
        components: {
          ...own.components,
          schemas: { ...own.components?.schemas, ...latest.components?.schemas },
        },
      }
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}
