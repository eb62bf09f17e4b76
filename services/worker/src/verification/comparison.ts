import type { Database, ExpectedObjects, VerificationStep } from '@tintype/database'
import type { VerificationProblem } from '@tintype/domain'
import type { Producer } from '@tintype/jobs'
import type { ObjectStore } from '@tintype/object-store'

export interface VerificationDependencies {
  database: Database
  store: ObjectStore
  producer: Pick<Producer, 'enqueueDerivations' | 'enqueueVerification'>
  /** As of the orphan sweep: younger objects may be of what is under way. */
  orphanMinAgeSeconds: number
  /** Whether orphans may be deleted from the store: see `claimStore`. */
  ownsStore(): Promise<boolean>
}

/** A step; `next`: undefined where there is nothing more of its kind. */
export type Comparison = Omit<VerificationStep, 'phase' | 'cursor'> & { next: string | undefined }

/** An object that a row stands for. */
export interface Expected {
  imageId: string
  key: string
  bytes: number
  /** Of an original. */
  sha256?: string
  /** Of a rendition. */
  name?: ExpectedObjects['renditions'][number]['name']
}

export interface Unfit {
  expected: Expected
  problem: VerificationProblem
  actual?: string
}
