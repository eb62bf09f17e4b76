import createError from '@fastify/error'

export const UsernameTaken = createError('TT_USERNAME_TAKEN', 'username: another user has this name.', 409)
export const EmailTaken = createError('TT_EMAIL_TAKEN', 'email: another user has this address.', 409)
export const LastAdmin = createError(
  'TT_LAST_ADMIN',
  'This is the last administrator who can sign in: make another one first.',
  409,
)
export const UnknownTier = createError<'TT_UNKNOWN_TIER', 400, [string]>(
  'TT_UNKNOWN_TIER',
  'tier: there is no tier «%s».',
  400,
)
export const TierNameTaken = createError('TT_TIER_NAME_TAKEN', 'name: another tier has this name.', 409)
export const DefaultTierNeeded = createError(
  'TT_DEFAULT_TIER_NEEDED',
  'isDefault: there must be one default tier; make another one the default instead.',
  409,
)
export const BadTier = createError<'TT_BAD_TIER', 400, [string]>('TT_BAD_TIER', '%s', 400)
export const BadId = createError<'TT_BAD_ID', 400, [string]>('TT_BAD_ID', '%s: must be an id (a UUID).', 400)
export const OwnPassword = createError(
  'TT_OWN_PASSWORD',
  'This is your own password: change it with POST /v1/auth/change-password, which asks for the old one.',
  409,
)
export const DefaultTierStays = createError(
  'TT_DEFAULT_TIER_NEEDED',
  'This is the default tier: make another one the default first.',
  409,
)
export const TierInUse = createError<'TT_TIER_IN_USE', 409, [number]>(
  'TT_TIER_IN_USE',
  '%d users have this tier: say with moveTo which one they get.',
  409,
)
export const UnknownMoveTo = createError(
  'TT_UNKNOWN_TIER',
  'moveTo: must name another tier than this one.',
  400,
)
export const UnknownOwner = createError('TT_UNKNOWN_OWNER', 'owner: there is no such user.', 400)
export const OwnerQuotaExceeded = createError(
  'TT_QUOTA_EXCEEDED',
  'owner: the new owner’s quota has no room for this picture.',
  409,
)
export const NotFailed = createError('TT_NOT_FAILED', 'Nothing of this picture has failed.', 409)
export const QueuesUnavailable = createError(
  'TT_QUEUES_UNAVAILABLE',
  'The queues cannot be reached just now. Try again shortly.',
  503,
)
export const QueuesAreShown = createError('TT_FORBIDDEN', 'Queues are only shown here.', 403)
export const VerificationRuns = createError(
  'TT_VERIFICATION_RUNS',
  'A comparison with the store runs already: wait for its end, or stop it.',
  409,
)
