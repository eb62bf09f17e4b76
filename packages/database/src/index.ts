export * from './archives.ts'
export { type Database, type DatabaseOptions, isDatabaseUnavailable, openDatabase } from './client.ts'
export * from './deletions.ts'
export * from './derivations.ts'
export {
  type CompleteOutcome,
  completeUpload,
  type DirectUpload,
  findDirectUpload,
  findOpenUpload,
  type NewDirectUpload,
  type ReserveOutcome,
  releaseExpiredUploads,
  releaseUpload,
  reserveUpload,
} from './direct-uploads.ts'
export * from './idempotency.ts'
export {
  type CreateImageOutcome,
  countImages,
  createPendingImage,
  findImage,
  type Image,
  type ImageFilter,
  type ImageQuery,
  type ImageWithRenditions,
  listImages,
  listImagesOfRequest,
  listSettledRenditions,
  type NewImage,
  type Rendition,
  renameImage,
  type SettledRendition,
} from './images.ts'
export { getInstallationId, raiseSweepNumber } from './installation.ts'
export * from './links.ts'
export { type MigrateOptions, migrate } from './migrate.ts'
export {
  authenticate,
  createSession,
  endAllSessions,
  endSession,
  forgetOldSessions,
  type NewSession,
  type RotationOutcome,
  rotateSession,
  type SessionTicket,
} from './sessions.ts'
export {
  createTier,
  findDefaultTier,
  findTier,
  listTiers,
  type TierFields,
  type TierOutcome,
  updateTier,
} from './tiers.ts'
export * from './upkeep.ts'
export {
  createFirstAdmin,
  createUser,
  findCredentials,
  findUser,
  type NewUser,
  type User,
  type UserChanges,
  type UserOutcome,
  updateUser,
} from './users.ts'
