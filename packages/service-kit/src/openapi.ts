import fastifySwagger from '@fastify/swagger'
import { type TSchema, Type } from 'typebox'
import type { HttpServer } from './http-server.ts'

/** Registers the OpenAPI 3.1 document, made from the routes' own schemas. Call it before the routes. */
export async function registerOpenApi(
  app: HttpServer,
  info: { title: string; version: string; description: string },
): Promise<void> {
  await app.register(fastifySwagger, {
    // Routes without tags are not the API's own: a proxy's, static files.
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
      tags: TAGS,
      components: {
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
  })
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
  { name: 'links', description: 'Share a picture for a time' },
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

/** The `security` of a route that wants a bearer token. */
export const bearer = [{ bearer: [] }]

/**
 * Declares the error answers of a route. They take no part in the handler's
 * types: a handler throws them, and the error handler sends them.
 */
export function errors(...codes: number[]): Record<never, TSchema> {
  return Object.fromEntries(codes.map((code) => [code, ErrorSchema]))
}

/** A path parameter that is an id. What is no UUID names nothing, so it is the route's 404 and not a 400. */
export const IdParams = Type.Object({ id: Type.String({ description: 'UUID' }) })
