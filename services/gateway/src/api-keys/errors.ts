import createError from '@fastify/error'

export const KeyNameTaken = createError('TT_KEY_NAME_TAKEN', 'There is a key of this name already.', 409)
export const TooManyKeys = createError<'TT_TOO_MANY_KEYS', 409, [number]>(
  'TT_TOO_MANY_KEYS',
  'There are %s keys already: delete one first.',
  409,
)
export const ScopeNotAllowed = createError(
  'TT_SCOPE_NOT_ALLOWED',
  'The scope admin is for administrators and auditors.',
  403,
)
export const BadExpiry = createError<'TT_BAD_EXPIRY', 400, [string]>('TT_BAD_EXPIRY', '%s', 400)
