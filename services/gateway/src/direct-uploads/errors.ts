import createError from '@fastify/error'

export const TooManyOpenUploads = createError<'TT_TOO_MANY_OPEN_UPLOADS', 429, [number]>(
  'TT_TOO_MANY_OPEN_UPLOADS',
  'You have %d uploads that are not completed. Complete them, or give them up.',
  429,
)
export const UploadNotArrived = createError(
  'TT_UPLOAD_NOT_ARRIVED',
  'The file has not arrived yet. Send it to the address that you were given, then complete it.',
  409,
)
export const UploadCompleted = createError(
  'TT_UPLOAD_COMPLETED',
  'This upload is completed. Delete the picture that it became instead.',
  409,
)
export const UploadExpired = createError('TT_UPLOAD_EXPIRED', 'The time for this upload is over.', 410)
/** What arrived is not what was announced. */
export const SizeMismatch = createError<'TT_SIZE_MISMATCH', 422, [number]>(
  'TT_SIZE_MISMATCH',
  'The file does not have the %d bytes that were announced.',
  422,
)
export const ChecksumMismatch = createError(
  'TT_CHECKSUM_MISMATCH',
  'The file does not have the SHA-256 that was announced.',
  422,
)
