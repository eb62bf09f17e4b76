export * from './all-images.ts'
export * from './all-links.ts'
export * from './api-keys.ts'
export * from './archives.ts'
export { AUDIT_ACTIONS, type AuditActor, type AuditEntry, listAudit } from './audit.ts'
export { type Database, type DatabaseOptions, isDatabaseUnavailable, openDatabase } from './client.ts'
export { finishDeletion, isDeleting, markAllDeleting, markDeleting, markImagesDeleting } from './deletions.ts'
export { resetDemoUser } from './demo-user.ts'
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
  type UploadWay,
} from './direct-uploads.ts'
export * from './events.ts'
export * from './evictions.ts'
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
  renameImage,
  type SettledRendition,
} from './images.ts'
export { getInstallationId, raiseSweepNumber } from './installation.ts'
export {
  createLink,
  findLiveLink,
  type Link,
  type LinkQuery,
  listLiveLinks,
  markLinkUsedUp,
  type NewLink,
  type ResolvableLink,
  revokeLink,
  revokeLinksOfImage,
} from './links.ts'
export { type MigrateOptions, migrate } from './migrate.ts'
export { findPasswordHash, type NewPassword, setPassword } from './passwords.ts'
export * from './publications.ts'
export {
  advanceReconcile,
  findReconcile,
  listIdleReconciles,
  listReconciledLanes,
  type Reconcile,
} from './reconciles.ts'
export { type Rendition, type RenditionState, stateOfRendition } from './renditions.ts'
export {
  addUploadPieces,
  findResumableUpload,
  listUploadPieces,
  type ResumableUpload,
  type UploadPiece,
} from './resumable-uploads.ts'
export { retryImages } from './retries.ts'
export {
  authenticate,
  createSession,
  endAllSessions,
  endSession,
  forgetOldSessions,
  hasSignedInFrom,
  listSessions,
  type NewSession,
  type RotationOutcome,
  rotateSession,
  type Session,
  type SessionTicket,
} from './sessions.ts'
export { getStatistics } from './statistics.ts'
export * from './tier-previews.ts'
export {
  createTier,
  deleteTier,
  findDefaultTier,
  findTier,
  listTiers,
  type TierDeletionOutcome,
  type TierFields,
  type TierOutcome,
  updateTier,
} from './tiers.ts'
export * from './upkeep.ts'
export { findUsageDrift, listIdsWithOriginal, mendUsage, type Usage } from './usage.ts'
export {
  deleteUser,
  finishUserDeletion,
  isUserDeleted,
  listUnfinishedUserDeletions,
  type UserDeletionOutcome,
} from './user-deletions.ts'
export * from './user-exports.ts'
export {
  createFirstAdmin,
  createUser,
  findCredentials,
  findUser,
  listUsers,
  type NewUser,
  type User,
  type UserChanges,
  type UserOutcome,
  updateUser,
} from './users.ts'
export * from './verifications.ts'
export { listLiveWatchers, type Watcher } from './watchers.ts'
export * from './webhook-deliveries.ts'
export * from './webhook-outbox.ts'
export * from './webhooks.ts'
