import type { NewFinding, VerificationStep } from '@tintype/database'

/** Findings of one part that are kept: a store that lost everything is not held in memory. */
const MAX_KEPT = 1000

export interface Findings {
  add(finding: NewFinding): void
  counted(): Pick<VerificationStep, 'findings' | 'found' | 'mended'>
}

/** Counts what is found in one part, and keeps the first of it. */
export function createFindings(): Findings {
  const findings: NewFinding[] = []
  let found = 0
  let mended = 0
  return {
    add(finding) {
      found += 1
      if (finding.mended) mended += 1
      if (findings.length < MAX_KEPT) findings.push(finding)
    },
    counted: () => ({ findings, found, mended }),
  }
}
