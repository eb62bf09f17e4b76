/** JSON Schema's date-time has years and leap seconds that are no date here, or none in PostgreSQL: those are undefined. */
export function parseDateTime(text: string): Date | undefined {
  const date = new Date(text)
  return date >= new Date(0) && date < new Date('9999-01-01') ? date : undefined
}
