export interface Assertions {
  /** Counts what holds and what does not, and goes on either way. */
  holds(what: string, condition: boolean, otherwise?: unknown): void
  passed: number
  failed: number
}

export function createAssertions(say: (line: string) => void): Assertions {
  const assertions: Assertions = {
    passed: 0,
    failed: 0,
    holds(what, condition, otherwise) {
      if (condition) assertions.passed += 1
      else assertions.failed += 1
      const found = condition || otherwise === undefined ? '' : `: ${String(otherwise).slice(0, 1000)}`
      say(`  ${condition ? 'ok  ' : 'FAIL'} ${what}${found}`)
    },
  }
  return assertions
}

/** Asks until the answer is what is waited for. @throws when it is not within `timeoutMs`. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let cause: unknown
  do {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      cause = error
    }
    await new Promise((resolve) => setTimeout(resolve, 250))
  } while (performance.now() < deadline)
  throw new Error(`waited ${timeoutMs / 1000} s in vain until ${what}`, { cause })
}
