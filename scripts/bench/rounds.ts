type Measures = Record<string, () => Promise<unknown>>
type Rounds<M extends Measures> = { [Name in keyof M]: Awaited<ReturnType<M[Name]>>[] }

/**
 * Takes each measurement once a round. Every second round goes backwards, so
 * that what drifts (a machine that warms up, a neighbour that comes) favours none.
 */
export async function alternate<M extends Measures>(rounds: number, measures: M): Promise<Rounds<M>> {
  const names = Object.keys(measures)
  const taken: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      taken[name]?.push(await measures[name]?.())
    }
  }
  return taken as Rounds<M>
}
