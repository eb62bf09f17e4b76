import { Badge } from '@mantine/core'
import { adminWords } from '../../words/en-admin.ts'

const COLOURS = { ready: 'teal', pending: 'blue', failed: 'red' } as const

/** What became of a picture or one of its files. */
export function StateBadge({ state }: { state: keyof typeof COLOURS }) {
  return (
    <Badge variant="light" color={COLOURS[state]}>
      {adminWords.images.states[state]}
    </Badge>
  )
}
