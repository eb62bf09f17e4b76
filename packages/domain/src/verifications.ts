/** What a verification compares, in this order. */
export const VERIFICATION_PHASES = ['images', 'uploads', 'usage'] as const
export type VerificationPhase = (typeof VERIFICATION_PHASES)[number]

export type VerificationState = 'running' | 'done' | 'stopped'

/** What may be wrong between rows and objects, and what it means. */
export const VERIFICATION_PROBLEMS = {
  'original-missing': 'The uploaded file is not in the store.',
  'original-size': 'The uploaded file is not as long as it was.',
  'original-hash': 'The uploaded file is not what it was.',
  'original-unreadable': 'The uploaded file cannot be read.',
  'rendition-missing': 'A file that was made of a picture is not in the store.',
  'rendition-size': 'A file that was made of a picture is not as long as it was.',
  orphan: 'A file in the store belongs to nothing.',
  usage: 'What a user is counted to use is not what there is of theirs.',
} as const
export type VerificationProblem = keyof typeof VERIFICATION_PROBLEMS
