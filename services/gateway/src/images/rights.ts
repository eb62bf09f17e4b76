import { grants, specOf, type Target, type Tier } from '@tintype/domain'
import { ConversionNotInTier, OriginalNotInTier, ThumbnailNotInTier } from './errors.ts'

/** @throws the error to answer with where a tier does not grant its users a target. */
export function checkGrant(tier: Tier, target: Target): void {
  if (grants(tier, target)) return
  const spec = specOf(target)
  if (spec === undefined) throw new OriginalNotInTier()
  if (spec.kind === 'conversion')
    throw new ConversionNotInTier(spec.format, tier.conversionFormats.join(', ') || 'none')
  throw new ThumbnailNotInTier(spec.height, tier.thumbnailHeights.join(', ') || 'none')
}
