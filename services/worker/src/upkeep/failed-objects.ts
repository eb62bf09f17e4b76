/** How many errors are kept of a sweep: enough to see what is wrong, however many objects it met. */
const MAX_KEPT = 10

export interface FailedObjects {
  add(error: unknown): void
  /** @throws AggregateError with the first ten errors, where there were any. */
  throwIfAny(): void
}

/** Keeps what went wrong with single objects until a sweep is through with the others. */
export function collectFailedObjects(): FailedObjects {
  const kept: unknown[] = []
  let count = 0
  return {
    add(error) {
      count += 1
      if (kept.length < MAX_KEPT) kept.push(error)
    },
    throwIfAny() {
      if (count > 0) throw new AggregateError(kept, `${count} could not be deleted`)
    },
  }
}
