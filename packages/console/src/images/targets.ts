import type { Tier } from '@tintype/sdk'
import { words } from '../words/index.ts'

export interface Target {
  /** As the API names it: `original`, `h200`, `full.png`. */
  name: string
  label: string
}

/** What a tier grants of a picture. */
export function targetsOf({ originalAccess, thumbnailHeights, conversionFormats }: Tier): Target[] {
  const names = [
    ...(originalAccess ? ['original'] : []),
    ...thumbnailHeights.map((height) => `h${height}`),
    ...conversionFormats.map((format) => `full.${format}`),
  ]
  return names.map((name) => ({ name, label: targetLabel(name) }))
}

/** What to call what a link shows. */
export function targetLabel(target: string): string {
  const [, height] = /^h(\d+)$/.exec(target) ?? []
  if (height !== undefined) return words.image.thumbnail(Number(height))
  const [, format] = /^full\.(\w+)$/.exec(target) ?? []
  return format === undefined ? words.image.original : words.image.conversion(format.toUpperCase())
}
