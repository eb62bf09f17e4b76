/** A check that reads the code without running it. */
export interface StaticStep {
  name: string
  command: string
  args: string[]
  /** What its output must show, so that a checker that looked at nothing does not pass. */
  proof?: { shows: RegExp; otherwise: string }
}

export const STATIC_STEPS: readonly StaticStep[] = [
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'lint', command: 'biome', args: ['ci', '--colors=off', '.'] },
  {
    name: 'architecture',
    command: 'depcruise',
    args: ['packages', 'services', 'scripts'],
    proof: { shows: /[1-9]\d* modules/, otherwise: 'dependency-cruiser read no module at all' },
  },
  { name: 'unused', command: 'knip', args: [] },
]
