import fastifySwaggerUi from '@fastify/swagger-ui'
import { type HttpServer, registerOpenApi } from '@tintype/service-kit'
import type { LinksDocument, OpenApiDocument } from './links-document.ts'

/**
 * All that the pages need comes from here. Without `upgrade-insecure-requests`,
 * which has a browser ask for it by HTTPS, where there may be none.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
  "img-src 'self' data:",
  "object-src 'none'",
].join('; ')

/** `/docs` for people, `/docs/json` for programs: one OpenAPI 3.1 document of the whole API. Call it before the routes. */
export async function registerDocs(
  app: HttpServer,
  { linksDocument }: { linksDocument: LinksDocument },
): Promise<void> {
  await registerOpenApi(app, {
    title: 'Tintype',
    version: '1',
    description:
      'Upload pictures, get the renditions that your tier grants, share them by links that expire.',
  })
  await app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { docExpansion: 'list', persistAuthorization: true, tryItOutEnabled: true, validatorUrl: null },
    theme: {
      title: 'Tintype API',
      // The bar on top is for looking at other documents; there is one here.
      css: [{ filename: 'tintype.css', content: '.swagger-ui .topbar { display: none }' }],
    },
    transformSpecificationClone: false,
    transformSpecification: (document) => linksDocument.mergeInto(document as OpenApiDocument) as never,
  })
}
