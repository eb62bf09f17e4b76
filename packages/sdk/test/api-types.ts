import { createClient, poll } from '@tintype/testkit'

/** Where the types of the API are kept. */
export const API_TYPES = new URL('../src/api.ts', import.meta.url)

/** The OpenAPI document of a running product, once the links service's routes are in it. */
export function readDocument(url: string): Promise<object> {
  const anybody = createClient(url)
  return poll(
    async () => {
      const { body } = await anybody.get<{ paths: object }>('/docs/json')
      return '/l/{token}' in body.paths && body
    },
    { waitingFor: 'the document of the whole API' },
  )
}

/** The document's types, as `src/api.ts` has them. */
export async function typesOf(document: object): Promise<string> {
  const { default: openapiTS, astToString } = await import('openapi-typescript')
  const nodes = await openapiTS(JSON.stringify(withNamedSchemas(document)))
  return `// Made from the OpenAPI document of the API: UPDATE_API_TYPES=1 npm test -- packages/sdk/test/api-types.test.ts\n\n${astToString(nodes)}`
}

/** What callers have names for, and the answer that shows what it is. */
const NAMED = {
  Error: ['/v1/me', 'get', '401'],
  Tier: ['/v1/admin/tiers/{id}', 'get', '200'],
  User: ['/v1/admin/users/{id}', 'get', '200'],
  Image: ['/v1/images/{id}', 'get', '200'],
  AdminImage: ['/v1/admin/images/{id}', 'get', '200'],
} as const

/** The document repeats every schema where it is used. Here what is the same has one name. */
function withNamedSchemas(document: object): object {
  const names = new Map<string, string>()
  const schemas: Record<string, unknown> = {}
  for (const [name, [path, method, status]] of Object.entries(NAMED)) {
    const at = ['paths', path, method, 'responses', status, 'content', 'application/json', 'schema']
    const schema = at.reduce<unknown>(
      (part, key) => (part as Record<string, unknown> | undefined)?.[key],
      document,
    )
    if (schema === undefined) throw new Error(`the document has no ${method} ${path} that answers ${status}`)
    schemas[name] = namedIn(schema, names)
    names.set(JSON.stringify(schema), name)
  }
  const { components, ...rest } = document as { components?: object }
  return { ...(namedIn(rest, names) as object), components: { ...components, schemas } }
}

function namedIn(part: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof part !== 'object' || part === null) return part
  const name = names.get(JSON.stringify(part))
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
  if (Array.isArray(part)) return part.map((item) => namedIn(item, names))
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, namedIn(value, names)]))
}
