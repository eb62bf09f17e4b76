import { type ResolvableLink, stateOfRendition } from '@tintype/database'
import {
  extensionOf,
  type FailureCode,
  grants,
  mediaTypeOf,
  originalKey,
  parseHeight,
  pictureName,
  type Target,
  type TierGrants,
} from '@tintype/domain'

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
  | { outcome: 'ready'; file: TargetFile }
  | { outcome: 'pending' }
  | { outcome: 'failed'; code: FailureCode }

/** The file of a link's target, or why there is none. An original is there from the moment it was uploaded. */
export function stateOfTarget({ target, image, rendition, filename }: ResolvableLink): TargetState {
  if (target === 'original') {
    const contentType = mediaTypeOf(image.format)
    const file = { key: originalKey(image.id), bytes: image.bytes, contentType }
    return {
      outcome: 'ready',
      file: { ...file, filename: pictureName(filename ?? image.filename, image.format) },
    }
  }
  const state = stateOfRendition(image, rendition)
  if (state.outcome !== 'ready') return state
  const { key, bytes, format } = state.file
  const stem = image.filename.replace(/\.[^.]*$/, '')
  const height = parseHeight(target)
  const name = `${stem}${height === undefined ? '' : `-${height}`}.${extensionOf(format)}`
  const file = {
    key,
    bytes,
    contentType: mediaTypeOf(format),
    filename: pictureName(filename ?? name, format),
  }
  return { outcome: 'ready', file }
}
