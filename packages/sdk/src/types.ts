import type { components, paths } from './api.ts'

type Json<Answer> = Answer extends { content: { 'application/json': infer Body } } ? Body : never
type Answers<Operation> = Operation extends { responses: infer Responses } ? Responses : never
/** The JSON that an operation answers with. */
export type AnswerOf<Operation, Status extends number = 200> = Json<
  Answers<Operation>[Status & keyof Answers<Operation>]
>
/** The JSON that an operation takes. */
export type BodyOf<Operation> = Operation extends { requestBody?: infer Body }
  ? Json<NonNullable<Body>>
  : never
/** The query that an operation takes. */
export type QueryOf<Operation> = Operation extends { parameters: { query?: infer Query } }
  ? NonNullable<Query>
  : never

/** What happened to an image of the caller's. */
export type ImageEvent = paths['/v1/events']['get']['responses'][200]['content']['text/event-stream']
export type Image = components['schemas']['Image']
export type AdminImage = components['schemas']['AdminImage']
export type User = components['schemas']['User']
export type Tier = components['schemas']['Tier']
export type Link = AnswerOf<paths['/v1/images/{id}/links']['get']>['items'][number]
export type NewLink = BodyOf<paths['/v1/images/{id}/links']['post']>
export type IssuedLink = AnswerOf<paths['/v1/images/{id}/links']['post'], 201>
export type Archive = AnswerOf<paths['/v1/archives']['post'], 201>
export type DeletionResult = AnswerOf<paths['/v1/images/delete']['post']>['items'][number]
export type ApiKey = AnswerOf<paths['/v1/api-keys']['get']>['items'][number]
export type NewApiKey = BodyOf<paths['/v1/api-keys']['post']>
export type IssuedApiKey = AnswerOf<paths['/v1/api-keys']['post'], 201>
export type Session = AnswerOf<paths['/v1/auth/sessions']['get']>['items'][number]
export type Login = AnswerOf<paths['/v1/auth/login']['post']>
export type Stats = AnswerOf<paths['/v1/admin/stats']['get']>
export type Reconcile = AnswerOf<paths['/v1/admin/tiers/{id}/reconcile']['get']>
export type Verification = AnswerOf<paths['/v1/admin/verifications/{id}']['get']>
export type VerificationFinding = AnswerOf<
  paths['/v1/admin/verifications/{id}/findings']['get']
>['items'][number]
export type TierWithUsers = AnswerOf<paths['/v1/admin/tiers']['get']>['items'][number]
export type NewUser = BodyOf<paths['/v1/admin/users']['post']>
export type UserChanges = BodyOf<paths['/v1/admin/users/{id}']['patch']>
export type NewTier = BodyOf<paths['/v1/admin/tiers']['post']>
export type TierChanges = BodyOf<paths['/v1/admin/tiers/{id}']['patch']>
export type TierPreview = AnswerOf<paths['/v1/admin/tiers/{id}/preview']['post']>
export type AdminImageSummary = AnswerOf<paths['/v1/admin/images']['get']>['items'][number]
export type AdminLink = AnswerOf<paths['/v1/admin/links']['get']>['items'][number]
export type AuditEntry = AnswerOf<paths['/v1/admin/audit']['get']>['items'][number]
