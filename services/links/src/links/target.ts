import type { ResolvableLink } from '@tintype/database'
import {
  extensionOf,
  type FailureCode,
  grants,
  mediaTypeOf,
  originalKey,
  parseHeight,
  parseRenditionName,
  type Target,
  type TierGrants,
} from '@tintype/domain'

/** Reads what a link is to point at, or answers undefined where nothing has that name. */
export function parseTarget(text: string): Target | undefined {
  return text === 'original' ? text : parseRenditionName(text)
}

/** Whether a tier lets its users share a target: asked when a link is made and at every visit. */
export function grantsLink(tier: TierGrants, target: Target): boolean {
  return tier.linkAccess && grants(tier, target)
}

/** The bytes that a link stands for. */
export interface TargetFile {
  key: string
  bytes: number
  contentType: string
  filename: string
}

export type TargetState =
  | { outcome: 'made'; file: TargetFile }
  | { outcome: 'pending' }
  | { outcome: 'failed'; code: FailureCode }

/** The file of a link's target, or why there is none. An original is there from the moment it was uploaded. */
export function stateOfTarget({ target, image, rendition, filename }: ResolvableLink): TargetState {
  if (target === 'original') {
    const contentType = mediaTypeOf(image.format)
    const file = { key: originalKey(image.id), bytes: image.bytes, contentType }
    return { outcome: 'made', file: { ...file, filename: filename ?? image.filename } }
  }
  if (rendition.file !== undefined) {
    const { key, bytes, format } = rendition.file
    const stem = image.filename.replace(/\.[^.]*$/, '')
    const height = parseHeight(target)
    const name = `${stem}${height === undefined ? '' : `-${height}`}.${extensionOf(format)}`
    const file = { key, bytes, contentType: mediaTypeOf(format), filename: filename ?? name }
    return { outcome: 'made', file }
  }
  const code = rendition.failureCode ?? image.failureCode
  return code === null || code === undefined ? { outcome: 'pending' } : { outcome: 'failed', code }
}
