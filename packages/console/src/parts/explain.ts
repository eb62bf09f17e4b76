import { TintypeError } from '@tintype/sdk'
import { words } from '../words/index.ts'

/** What to tell people of an error. */
export function explain(error: unknown): string {
  if (error instanceof TintypeError && error.code === 'NETWORK') return words.common.unreachable
  return error instanceof Error ? error.message : String(error)
}
