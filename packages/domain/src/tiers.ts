import type { ConversionFormat } from './formats.ts'
import type { RenditionName } from './renditions.ts'
import { conversionName, parseRenditionName, specOf, thumbnailName } from './renditions.ts'

/** Limits on what an administrator may put into a tier. */
export const TIER_LIMITS = {
  nameLength: 64,
  thumbnailHeights: 16,
  thumbnailHeightPx: 4096,
  /** Longest life of a link that any tier may grant: 30 days. */
  linkSeconds: 2_592_000,
  /** S3's largest single PUT: 5 GiB. */
  uploadBytes: 5_368_709_120,
  /** A JPEG cannot be larger than 65,535 px a side; a gigapixel is far past what a decode can hold. */
  pixels: 1_000_000_000,
  /** Past what one Redis counts. */
  perMinute: 10_000_000,
} as const

export type Generation = 'eager' | 'lazy'

/** What a tier lets its users do. Sizes are bytes, heights pixels, times seconds. */
export interface TierGrants {
  thumbnailHeights: number[]
  originalAccess: boolean
  /** Formats in which the picture may be had at its full size. */
  conversionFormats: ConversionFormat[]
  linkAccess: boolean
  linkMinSeconds: number
  linkMaxSeconds: number
  maxUploadBytes: number
  maxPixels: number
  quotaBytes: number
  quotaImages: number
  /** Requests of one user in any minute, by what they do. */
  readsPerMinute: number
  uploadsPerMinute: number
  linksPerMinute: number
  /** `eager`: renditions are made after the upload; `lazy`: on first request. */
  generation: Generation
}

export interface Tier extends TierGrants {
  id: string
  name: string
  isDefault: boolean
  /** Raised by every edit. */
  version: number
}

const MIB = 1024 ** 2
const GIB = 1024 ** 3

/** What a new tier grants where its maker says nothing. */
export const TIER_DEFAULTS: TierGrants = {
  thumbnailHeights: [200],
  originalAccess: false,
  conversionFormats: [],
  linkAccess: false,
  linkMinSeconds: 300,
  linkMaxSeconds: 30_000,
  maxUploadBytes: 25 * MIB,
  maxPixels: 50_000_000,
  quotaBytes: 5 * GIB,
  quotaImages: 10_000,
  readsPerMinute: 6000,
  uploadsPerMinute: 600,
  linksPerMinute: 120,
  generation: 'eager',
}

/** What a link or a request may name: the uploaded file itself, or something derived from it. */
export type Target = 'original' | RenditionName

/** Reads what a link or a request names, or answers undefined where nothing has that name. */
export function parseTarget(text: string): Target | undefined {
  return text === 'original' ? text : parseRenditionName(text)
}

/** All that a tier grants its users of a picture: what `grants` says yes to. */
export function grantedTargets(tier: TierGrants): Target[] {
  return [
    ...(tier.originalAccess ? (['original'] as const) : []),
    ...tier.thumbnailHeights.map(thumbnailName),
    ...tier.conversionFormats.map(conversionName),
  ]
}

/** Whether a tier grants its users a target: the one place this is decided. */
export function grants(tier: TierGrants, target: Target): boolean {
  if (target === 'original') return tier.originalAccess
  const spec = specOf(target)
  if (spec === undefined) return false
  if (spec.kind === 'conversion') return tier.conversionFormats.includes(spec.format)
  return tier.thumbnailHeights.includes(spec.height)
}
