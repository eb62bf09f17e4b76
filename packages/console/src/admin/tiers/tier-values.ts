import { TIER_DEFAULTS } from '@tintype/domain/tiers'
import type { NewTier, Tier } from '@tintype/sdk'
import { TIER_FIELDS, type TierField } from '../parts/format-tier.ts'

/** What a form of a tier holds: numbers that were emptied are empty, and heights are as they were typed. */
export type TierValues = {
  [Field in TierField]: Tier[Field] extends number
    ? number | string
    : Field extends 'thumbnailHeights'
      ? string[]
      : Tier[Field]
}

/** As the API makes a tier of which nothing else is said. */
export const NEW_TIER_VALUES: TierValues = {
  ...TIER_DEFAULTS,
  thumbnailHeights: TIER_DEFAULTS.thumbnailHeights.map(String),
  name: '',
  isDefault: false,
}

export function valuesOf(tier: Tier): TierValues {
  const fields = Object.fromEntries(TIER_FIELDS.map((field) => [field, tier[field]])) as Omit<
    Tier,
    'id' | 'version'
  >
  return { ...fields, thumbnailHeights: tier.thumbnailHeights.toSorted((a, b) => a - b).map(String) }
}

/**
 * What to send: only what differs from what there was. What is no number is sent
 * as it was typed, so that the API says of it what it says of all that is wrong.
 */
export function fieldsOf(values: TierValues, before: TierValues | undefined): NewTier {
  const changed = TIER_FIELDS.filter(
    (field) => JSON.stringify(values[field]) !== JSON.stringify(before?.[field]),
  ).map((field) => [field, field === 'thumbnailHeights' ? values[field].map(toNumber) : values[field]])
  return Object.fromEntries(changed) as NewTier
}

const toNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : text)
