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
