import createError from '@fastify/error'

export const BadRendition = createError(
  'TT_BAD_RENDITION',
  'rendition: must be «original», a thumbnail such as «h200», or a conversion such as «full.png».',
  400,
)
export const IdsOrAll = createError('TT_IDS_OR_ALL', 'ids: give either ids or «all»: true.', 400)
export const RenditionNotInTier = createError<'TT_RENDITION_NOT_IN_TIER', 403, [string]>(
  'TT_RENDITION_NOT_IN_TIER',
  'Your tier does not grant «%s».',
  403,
)
export const ImageNotFound = createError<'TT_NOT_FOUND', 404, [string]>(
  'TT_NOT_FOUND',
  'ids: you have no picture «%s».',
  404,
)
export const TooManyArchives = createError<'TT_TOO_MANY_ARCHIVES', 429, [number]>(
  'TT_TOO_MANY_ARCHIVES',
  '%d archives are being fetched already. Try again when one of them is done.',
  429,
)
