import createError from '@fastify/error'

export const BadEventId = createError<'TT_BAD_EVENT_ID', 400, [string]>(
  'TT_BAD_EVENT_ID',
  '%s: is not the id of an event of this stream.',
  400,
)
export const TooManyStreams = createError<'TT_TOO_MANY_STREAMS', 429, [number]>(
  'TT_TOO_MANY_STREAMS',
  'You have %d event streams open here: close one first.',
  429,
)
