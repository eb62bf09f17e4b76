import fastifySwagger from '@fastify/swagger'
import type { FastifySchema, RouteOptions } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { ACCESS_COOKIE } from './credentials.ts'
import type { HttpServer } from './http-server.ts'

/** Registers the OpenAPI 3.1 document, made from the routes' own schemas. Call it before the routes. */
export async function registerOpenApi(
  app: HttpServer,
  info: { title: string; version: string; description: string },
): Promise<void> {
  app.addHook('onRoute', declareBodyErrors)
  await app.register(fastifySwagger, {
    // Routes without tags are not the API's own: a proxy's, static files.
    hideUntagged: true,
    transform: ({ schema, url }) => ({ schema: withOptionalDefaults(schema ?? {}), url }),
    openapi: {
      openapi: '3.1.0',
      info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
      tags: TAGS,
      components: {
        securitySchemes: SECURITY_SCHEMES,
      },
    },
  })
}

/** What any body may be refused with before its route sees it, also where none is asked for. */
function declareBodyErrors(route: RouteOptions): void {
  const takesBody = [route.method].flat().some((method) => BODY_METHODS.has(method))
  if (takesBody && route.schema?.tags !== undefined) declareErrors(route, [400, 413, 415])
}

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** What has a default need not be sent, though a handler always finds it there. */
function withOptionalDefaults(schema: FastifySchema): FastifySchema {
  const optional = (part: unknown): unknown => {
    if (!isObjectSchema(part)) return part
    const { properties } = part
    return { ...part, required: part.required.filter((name) => !('default' in (properties[name] ?? {}))) }
  }
  return { ...schema, querystring: optional(schema.querystring), body: optional(schema.body) }
}

function isObjectSchema(part: unknown): part is { properties: Record<string, object>; required: string[] } {
  return typeof part === 'object' && part !== null && 'properties' in part && 'required' in part
}

/** Serves the document of this service's own routes. */
export function registerOpenApiDocument(app: HttpServer): void {
  app.get('/docs/json', { schema: { hide: true } }, async () => app.swagger())
}

/** What the documents' routes are grouped by, in the order that a newcomer meets them. */
const TAGS = [
  { name: 'auth', description: 'Sign in, stay signed in, sign out' },
  { name: 'account', description: 'Who I am and what I may' },
  { name: 'images', description: 'Pictures and what is made of them' },
  { name: 'events', description: 'What happens to pictures, as it happens' },
  { name: 'links', description: 'Share a picture for a time' },
  { name: 'webhooks', description: 'Be told of what happens to my pictures' },
  { name: 'admin', description: 'Users, tiers and what is kept, for administrators' },
  { name: 'operation', description: 'For those who run it' },
]

/** The schema of every error answer. */
export const ErrorSchema = Type.Object(
  {
    statusCode: Type.Integer(),
    code: Type.String({ description: 'Stable, for programs: TT_…' }),
    error: Type.String(),
    message: Type.String({ description: 'For people' }),
    details: Type.Optional(Type.Unknown()),
  },
  { description: 'What went wrong' },
)

const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of a session: POST /v1/auth/login',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'ttk_…',
    description: 'An API key with the scope that the route asks for: POST /v1/api-keys',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: ACCESS_COOKIE,
    description:
      'Set by a login with `cookie: true`. What changes something must also carry an `Origin` of this address or of CORS_ORIGINS.',
  },
} as const

/** The `security` of a route that wants a session or an API key. */
export const bearer = [{ bearer: [] }, { apiKey: [] }, { cookie: [] }]
/** The `security` of a route that wants a session. */
export const sessionOnly = [{ bearer: [] }, { cookie: [] }]

/**
 * Declares the error answers of a route. They take no part in the handler's
 * types: a handler throws them, and the error handler sends them.
 */
export function errors(...codes: number[]): Record<never, TSchema> {
  return Object.fromEntries(codes.map((code) => [code, ErrorSchema]))
}

/** Declares the error answers that a route has from its hooks, beside those that it declares itself. */
export function declareErrors(route: RouteOptions, codes: number[]): void {
  const response = { ...errors(...codes), ...(route.schema?.response as object | undefined) }
  route.schema = { ...route.schema, response }
}

/** The `config` of a HEAD route that has no GET beside it: others are left out of the document. */
export const DOCUMENTED_HEAD: object = { swagger: { exposeHeadRoute: true } }

/** A path parameter that is an id. What is no UUID names nothing, so it is the route's 404 and not a 400. */
export const IdParams = Type.Object({ id: Type.String({ description: 'UUID' }) })
