export type { Answer, ImageBody, ProblemBody, RenditionBody, UploadBody } from './answers.ts'
export { createTestBucket, createTestFileStore } from './bucket.ts'
export * from './client.ts'
export { createTestFolder } from './folder.ts'
export * from './fuzz/index.ts'
export { createTestKeys, type TestKeys } from './keys.ts'
export { leaksIn } from './log-secrets.ts'
export { type PackedPackage, packPackage } from './packed-package.ts'
export * from './pictures/index.ts'
export { type PollOptions, poll } from './poll.ts'
export { createTestDatabase, startPostgresWithTools, startTestPostgres, type TestServer } from './postgres.ts'
export { startTestRedis, type TestRedis } from './redis.ts'
export type { Scope } from './scope.ts'
export { type LogLine, type Service, type ServiceName, type ServiceOptions, startService } from './service.ts'
export { type Stack, type StackOptions, startStack } from './stack.ts'
export { resetSocket, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
export {
  type ReceivedMessage,
  startWebhookReceiver,
  verifyWebhook,
  type WebhookReceiver,
} from './webhook-receiver.ts'
