export * from './api-keys.ts'
export { type Database, type DatabaseOptions, isDatabaseUnavailable, openDatabase } from './client.ts'
export * from './deletions.ts'
export * from './derivations.ts'
export * from './images.ts'
export { getInstallationId, raiseSweepNumber } from './installation.ts'
export * from './links.ts'
export { type MigrateOptions, migrate } from './migrate.ts'
export { findPasswordHash, type NewPassword, setPassword } from './passwords.ts'
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
