import createError from '@fastify/error'

export const OriginalNotInTier = createError(
  'TT_ORIGINAL_NOT_IN_TIER',
  'Your tier does not grant the original file.',
  403,
)
export const ThumbnailNotInTier = createError<'TT_THUMBNAIL_NOT_IN_TIER', 403, [number, string]>(
  'TT_THUMBNAIL_NOT_IN_TIER',
  'Your tier does not grant thumbnails %d px high; it grants %s.',
  403,
)
export const ConversionNotInTier = createError<'TT_CONVERSION_NOT_IN_TIER', 403, [string, string]>(
  'TT_CONVERSION_NOT_IN_TIER',
  'Your tier does not grant pictures as %s; it grants %s.',
  403,
)
export const NoSuchConversion = createError(
  'TT_NO_SUCH_CONVERSION',
  'format: must be jpeg (or jpg), png, webp or avif.',
  415,
)
export const BadHeight = createError('TT_BAD_HEIGHT', 'height: must be a whole number from 1 to 4096.', 400)
export const BadCursor = createError('TT_BAD_CURSOR', 'cursor: is not one that this list gave.', 400)
export const ImageFailed = createError<string, 422, [string]>('TT_IMAGE_FAILED', '%s', 422)
export const NameEmpty = createError<'TT_NAME_EMPTY', 400, [string]>(
  'TT_NAME_EMPTY',
  '%s: nothing that can be shown is left of it.',
  400,
)
