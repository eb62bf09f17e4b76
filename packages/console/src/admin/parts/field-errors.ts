import { TintypeError } from '@tintype/sdk'

interface Detail {
  field: string
  message?: string
}

const isDetail = (detail: unknown): detail is Detail =>
  typeof detail === 'object' && detail !== null && typeof (detail as Detail).field === 'string'

/** What the API says of each field: the first complaint of each, without the field's name before it. */
export function fieldErrorsOf(error: unknown): Record<string, string> {
  const errors: Record<string, string> = {}
  if (!(error instanceof TintypeError)) return errors
  for (const detail of [error.details].flat().filter(isDetail)) {
    // `thumbnailHeights.1` is an item of a field.
    const [field = ''] = detail.field.split('.', 1)
    const message = detail.message ?? error.message
    errors[field] ??= sentence(message.startsWith(`${field}: `) ? message.slice(field.length + 2) : message)
  }
  return errors
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
