import type { Client, ConversionFormat, Download } from '@tintype/sdk'
import { InvalidArgumentError } from 'commander'

const NAMES = /^(?:original|h(\d+)|full\.(\w+))$/

/** The name of what is fetched of an image, as it was given. */
export function parseRendition(name: string): string {
  if (NAMES.test(name)) return name
  throw new InvalidArgumentError('original, h200, full.png …')
}

export function fetchRendition({ images }: Client, id: string, name: string): Promise<Download> {
  const [, height, format] = NAMES.exec(name) ?? []
  if (height !== undefined) return images.thumbnail(id, Number(height), { accept: 'image/jpeg' })
  if (format !== undefined) return images.conversion(id, format as ConversionFormat)
  return images.original(id)
}
