import createError from '@fastify/error'

/** Why a request of the tus protocol is refused, beside what every upload may be refused for. */
export const ProtocolVersion = createError(
  'TT_TUS_VERSION',
  'This address speaks version 1.0.0 of the tus protocol: send it in Tus-Resumable.',
  412,
)
export const BadUploadHeader = createError<'TT_BAD_UPLOAD_HEADER', 400, [string]>(
  'TT_BAD_UPLOAD_HEADER',
  '%s',
  400,
)
export const WrongMediaType = createError(
  'TT_UNSUPPORTED_MEDIA_TYPE',
  'The body of a PATCH must be application/offset+octet-stream.',
  415,
)
export const OffsetMismatch = createError(
  'TT_UPLOAD_OFFSET_MISMATCH',
  'The upload has another offset. Ask for it with HEAD and go on from there.',
  409,
)
export const LengthExceeded = createError(
  'TT_UPLOAD_LENGTH_EXCEEDED',
  'That is more than the Upload-Length that was announced.',
  413,
)
export const TooManyPieces = createError<'TT_TOO_MANY_PIECES', 400, [number]>(
  'TT_TOO_MANY_PIECES',
  'The upload has come in %d pieces already. Begin again, with larger ones.',
  400,
)
export const UploadLocked = createError(
  'TT_UPLOAD_LOCKED',
  'Another request is at work on this upload. Try again shortly.',
  423,
)
/** 460 is the tus protocol's own. */
export const PieceChecksumMismatch = createError(
  'TT_PIECE_CHECKSUM_MISMATCH',
  'What arrived does not have the Upload-Checksum that it came with. None of it is kept.',
  460,
)
