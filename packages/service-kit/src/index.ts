export { ACCESS_TOKEN_SECONDS } from './access-tokens.ts'
export { type AddressGuard, createAddressGuard, literalAddress, parseNetworks } from './address-guard.ts'
export {
  type AnnouncementListener,
  type Announcer,
  createAnnouncer,
  LISTENER_REDIS,
  listenToAnnouncements,
} from './announcements.ts'
export { makeApiKey } from './api-key-secrets.ts'
export { type Actor, type Auth, actorOf, registerAuth, sessionActorOf } from './auth.ts'
export { ConfigError, integer, oneOf, optional, text, url, type Variable } from './config.ts'
export { ACCESS_COOKIE } from './credentials.ts'
export { type ErrorBody, logFault, toErrorBody } from './error-handler.ts'
export * from './errors.ts'
export { type Dependency, registerHealth } from './health.ts'
export { createHttpServer, type HttpServer, LISTEN_BACKLOG } from './http-server.ts'
export { createLifecycle, type Lifecycle } from './lifecycle.ts'
export { createLogger, type Log, type Logger } from './logger.ts'
export { createMetrics, registerMetrics } from './metrics.ts'
export {
  bearer,
  DOCUMENTED_HEAD,
  ErrorSchema,
  errors,
  IdParams,
  registerOpenApi,
  registerOpenApiDocument,
  sessionOnly,
} from './openapi.ts'
export { hashPassword, verifyPassword } from './passwords.ts'
export { createReadRecorder, type ReadRecorder } from './read-recorder.ts'
export { connectRedis, disconnectRedis } from './redis.ts'
export { runService } from './run.ts'
export { type SecretKey, secretKeys } from './secret-keys.ts'
export { createSecretSealer, type SecretSealer } from './secret-sealer.ts'
export { contentDisposition, etagOf, type SentObject, sendObject } from './send-object.ts'
export { jwtPrivateKey, jwtPublicKeys, type SigningKey, type VerificationKey } from './signing-keys.ts'
export { failBody } from './slow-clients.ts'
export { networkOf } from './throttles.ts'
export { createTurns, type InTurn } from './turns.ts'
export * from './variables.ts'
