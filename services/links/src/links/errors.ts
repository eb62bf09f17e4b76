import createError from '@fastify/error'
import { WITHOUT_STACK } from '@tintype/service-kit'

export const LinksNotInTier = createError('TT_LINKS_NOT_IN_TIER', 'Your tier does not grant links.', 403)
export const NoSuchTarget = createError(
  'TT_NO_SUCH_TARGET',
  'target: must be original, h and a height from 1 to 4096, like h200, or full and a format, like full.png.',
  400,
)
export const TargetNotInTier = createError<'TT_TARGET_NOT_IN_TIER', 403, [string]>(
  'TT_TARGET_NOT_IN_TIER',
  'Your tier does not grant «%s».',
  403,
)
export const ExpiresInOutOfRange = createError<'TT_EXPIRES_IN_OUT_OF_RANGE', 400, [number, number]>(
  'TT_EXPIRES_IN_OUT_OF_RANGE',
  'expiresIn: must be from %d to %d seconds in your tier.',
  400,
)
export const BadFilename = createError(
  'TT_BAD_FILENAME',
  'filename: must be one line of at most 255 characters, without control characters.',
  400,
)
export const BadCursor = createError('TT_BAD_CURSOR', 'cursor: is not one that this list gave.', 400)
/** As for the picture itself: the reason is in its message and details. */
export const ImageFailed = createError<'TT_IMAGE_FAILED', 422, [string]>('TT_IMAGE_FAILED', '%s', 422)

export const LinkNoLongerGranted = createError(
  'TT_LINK_NO_LONGER_GRANTED',
  'The tier of the person who shared this link no longer grants it.',
  403,
)
export const LinkPasswordNeeded = createError(
  'TT_LINK_PASSWORD_NEEDED',
  'This link has a password: send it by HTTP Basic, under any user name.',
  401,
)
export const LinkPasswordLocked = createError(
  'TT_LINK_PASSWORD_LOCKED',
  'Too many wrong passwords were tried on this link. Try again later.',
  429,
)
export const TooManyForgedLinks = createError(
  'TT_TOO_MANY_FORGED_LINKS',
  'Too many links that were never issued came from this address. Try again later.',
  429,
  Error,
  WITHOUT_STACK,
)
export const LinkNotReady = createError(
  'TT_NOT_READY',
  'The picture is still being made. Try again shortly.',
  503,
)
export const RedisUnavailable = createError(
  'TT_REDIS_UNAVAILABLE',
  'Links cannot be checked just now. Try again shortly.',
  503,
)
