import createError from '@fastify/error'

export const WrongCredentials = createError(
  'TT_WRONG_CREDENTIALS',
  'The user name or the password is wrong.',
  401,
)
export const WrongPassword = createError('TT_WRONG_PASSWORD', 'The old password is wrong.', 403)
export const TooManyWrongPasswords = createError(
  'TT_TOO_MANY_WRONG_PASSWORDS',
  'Too many wrong passwords. Try again later.',
  429,
)
export const SessionEnded = createError('TT_SESSION_ENDED', 'The session has ended. Sign in again.', 401)
export const WeakPassword = createError<'TT_WEAK_PASSWORD', 400, [string]>('TT_WEAK_PASSWORD', '%s', 400)
