import type { Tier } from '@tintype/sdk'
import { formatDuration, formatLimit } from '../../parts/format.ts'
import { adminWords } from '../../words/en-admin.ts'

export type TierField = keyof typeof adminWords.tiers.fields

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
export const formatNumber = (value: number) => number.format(value)

const yesOrNo = (value: boolean) => (value ? adminWords.lists.yes : adminWords.lists.no)
const listed = (values: string[]) => (values.length === 0 ? adminWords.lists.none : values.join(', '))
const { formatNames, heightList, megapixels, generations } = adminWords.tiers

const FORMATTERS: { [Field in TierField]: (value: Tier[Field]) => string } = {
  name: (value) => value,
  thumbnailHeights: (value) =>
    value.length === 0 ? adminWords.lists.none : heightList(value.toSorted((a, b) => a - b).join(', ')),
  originalAccess: yesOrNo,
  conversionFormats: (value) => listed(value.map((format) => formatNames[format])),
  linkAccess: yesOrNo,
  linkMinSeconds: formatDuration,
  linkMaxSeconds: formatDuration,
  maxUploadBytes: formatLimit,
  maxPixels: (value) => megapixels(formatNumber(value / 1e6)),
  quotaBytes: formatLimit,
  quotaImages: formatNumber,
  readsPerMinute: formatNumber,
  uploadsPerMinute: formatNumber,
  linksPerMinute: formatNumber,
  generation: (value) => generations[value],
  isDefault: yesOrNo,
}

export const TIER_FIELDS = Object.keys(FORMATTERS) as TierField[]

/** A field of a tier as people read it. */
export function formatTierField<Field extends TierField>(field: Field, value: Tier[Field]): string {
  return FORMATTERS[field](value)
}

/** What a tier grants, in one line. */
export function summarizeTier(tier: Tier): string {
  const { original, thumbnails, linkRange, nothing } = adminWords.tiers
  const parts = [
    ...(tier.thumbnailHeights.length > 0 ? [thumbnails(tier.thumbnailHeights.join(', '))] : []),
    ...(tier.originalAccess ? [original] : []),
    ...tier.conversionFormats.map((format) => formatNames[format]),
    ...(tier.linkAccess
      ? [linkRange(formatDuration(tier.linkMinSeconds), formatDuration(tier.linkMaxSeconds))]
      : []),
  ].join(' · ')
  return parts === '' ? nothing : parts.charAt(0).toUpperCase() + parts.slice(1)
}
