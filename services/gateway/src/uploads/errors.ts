import createError from '@fastify/error'

/** Why one file is refused. Each has a code of its own, so that a program can tell them apart. */
export const FileEmpty = createError('TT_FILE_EMPTY', 'The file is empty.', 400)
export const FileTooLarge = createError<'TT_FILE_TOO_LARGE', 413, [number]>(
  'TT_FILE_TOO_LARGE',
  'The file is larger than the %d bytes that your tier allows.',
  413,
)
export const FormatNotAccepted = createError(
  'TT_FORMAT_NOT_ACCEPTED',
  'This is not a picture in an accepted format: JPEG, PNG, WebP, GIF, AVIF, HEIC or TIFF.',
  415,
)
export const ImageDamaged = createError<'TT_IMAGE_DAMAGED', 422, [string]>(
  'TT_IMAGE_DAMAGED',
  'The picture is damaged: %s',
  422,
)
export const TooManyPixels = createError<'TT_TOO_MANY_PIXELS', 413, [number, number]>(
  'TT_TOO_MANY_PIXELS',
  'The picture has %d pixels, your tier allows %d.',
  413,
)
export const QuotaExceeded = createError(
  'TT_QUOTA_EXCEEDED',
  'There is no room for this file in your quota.',
  413,
)
export const SpoolFull = createError(
  'TT_SPOOL_FULL',
  'Too many uploads are arriving just now. Try again shortly.',
  503,
)
export const UnexpectedField = createError<'TT_UNEXPECTED_FIELD', 400, [string]>(
  'TT_UNEXPECTED_FIELD',
  'A file came in %s; files are expected in the field «file».',
  400,
)
/** A part that has the name of what every object has: it is not read, and what it is called is not told. */
export const ReservedFieldName = createError(
  'TT_UNEXPECTED_FIELD',
  'A part has a reserved name, such as «__proto__» or «toString»; files are expected in the field «file».',
  400,
)
export const TooManyFiles = createError<'TT_TOO_MANY_FILES', 400, [number]>(
  'TT_TOO_MANY_FILES',
  'One request takes at most %d files.',
  400,
)
export const TooManyParts = createError<'TT_TOO_MANY_PARTS', 400, [number]>(
  'TT_TOO_MANY_PARTS',
  'One request takes at most %d parts, fields among them. What came after them was not read.',
  400,
)

/** Why a request is refused as a whole. */
export const NoFile = createError(
  'TT_NO_FILE',
  'The request has no file: send at least one in the field «file».',
  400,
)
export const BodyTruncated = createError(
  'TT_BODY_TRUNCATED',
  'The request ended in the middle of a file or is not well-formed multipart/form-data.',
  400,
)
export const BodyTooLarge = createError<'TT_BODY_TOO_LARGE', 413, [number]>(
  'TT_BODY_TOO_LARGE',
  'The request is larger than the %d bytes that its files may have together.',
  413,
)
export const UploadTooSlow = createError(
  'TT_UPLOAD_TOO_SLOW',
  'The upload is slower than the server waits for.',
  408,
)
export const TooManyUploads = createError<'TT_TOO_MANY_UPLOADS', 429, [number]>(
  'TT_TOO_MANY_UPLOADS',
  'You have %d uploads under way already. Try again when one of them is done.',
  429,
)
export const BadIdempotencyKey = createError(
  'TT_BAD_IDEMPOTENCY_KEY',
  'idempotency-key: must be 1 to 255 visible ASCII characters.',
  400,
)
export const RequestInFlight = createError(
  'TT_REQUEST_IN_FLIGHT',
  'A request with this Idempotency-Key is under way. Try again shortly for its answer.',
  409,
)
export const KeyReused = createError(
  'TT_IDEMPOTENCY_KEY_REUSED',
  'This Idempotency-Key came with other files before. Use a new key for each upload.',
  422,
)
