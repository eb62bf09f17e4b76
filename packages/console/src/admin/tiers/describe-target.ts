import { adminWords } from '../../words/en-admin.ts'

const { targets } = adminWords.tiers

/** `original`, `h200` and `full.png`, as people read them. */
export function describeTarget(name: string): string {
  if (name.startsWith('h')) return targets.thumbnail(name.slice(1))
  if (name.startsWith('full.')) return targets.conversion(name.slice('full.'.length).toUpperCase())
  return name === 'original' ? targets.original : name
}
