import createError from '@fastify/error'

export const TooManyExports = createError(
  'TT_TOO_MANY_EXPORTS',
  'Such an export is being fetched already. Try again when it is done.',
  429,
)
