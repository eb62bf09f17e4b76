/** Why an image or one of its renditions ended as failed: a stable code and the sentence its owner reads. */
export const FAILURES = {
  TT_CONVERSION_TOO_LARGE: 'The picture is too large to be made in this format.',
  TT_DECODER_CRASHED: 'The decoder crashed or hung on this picture three times.',
  TT_IMAGE_CORRUPT: 'The picture is damaged or cut short and cannot be decoded.',
  TT_IMAGE_TOO_LARGE: 'The picture has more pixels than the tier allows.',
  TT_IMAGE_UNSUPPORTED: 'The picture uses a variant of its format that is not supported.',
  TT_ORIGINAL_MISSING: 'The uploaded file is no longer in the store.',
} as const

export type FailureCode = keyof typeof FAILURES
export type ImageState = 'pending' | 'ready' | 'failed' | 'deleting'

/** How often a picture's decode may be begun before it is given up as one that crashes decoders. */
export const MAX_ATTEMPTS = 3
