import type { FailureCode, RenditionFormat, RenditionName } from '@tintype/domain'
import type { renditions } from './schema.ts'

/** A derived file: made (`file`), failed, or wanted and not made yet (neither). */
export interface Rendition {
  imageId: string
  name: RenditionName
  file?: { key: string; format: RenditionFormat; width: number; height: number; bytes: number }
  failureCode?: FailureCode
}

/** What somebody gets who asks for a rendition now. */
export type RenditionState =
  | { outcome: 'ready'; file: NonNullable<Rendition['file']> }
  | { outcome: 'failed'; code: FailureCode }
  /** Not made yet, whether or not it was asked for. */
  | { outcome: 'pending' }

/** @param rendition undefined where nobody has asked for it: of a failed image it has failed all the same. */
export function stateOfRendition(
  image: { failureCode: FailureCode | null },
  rendition: Pick<Rendition, 'file' | 'failureCode'> | undefined,
): RenditionState {
  if (rendition?.file !== undefined) return { outcome: 'ready', file: rendition.file }
  const code = rendition?.failureCode ?? image.failureCode
  return code === null ? { outcome: 'pending' } : { outcome: 'failed', code }
}

export function asRendition(row: typeof renditions.$inferSelect): Rendition {
  const { imageId, name, objectKey, format, width, height, bytes, failureCode } = row
  return {
    imageId,
    name,
    ...(objectKey !== null && format !== null && width !== null && height !== null && bytes !== null
      ? { file: { key: objectKey, format, width, height, bytes } }
      : {}),
    ...(failureCode === null ? {} : { failureCode }),
  }
}
