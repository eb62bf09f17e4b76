import createError from '@fastify/error'
import { withDetails } from '@tintype/service-kit'

const BadTime = createError<'TT_BAD_TIME', 400, [string]>('TT_BAD_TIME', '%s is no time.', 400)

/** JSON Schema's date-time has years and leap seconds that are no date here, or none in PostgreSQL: those are undefined. */
export function parseDateTime(text: string): Date | undefined {
  const date = new Date(text)
  return date >= new Date(0) && date < new Date('9999-01-01') ? date : undefined
}

/**
 * A field of a query that is a time, if it is there.
 * @throws BadTime naming the field.
 */
export function readTime(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = parseDateTime(text)
  if (time === undefined) throw withDetails(new BadTime(field), { field })
  return time
}
