import { Button, Group, Text } from '@mantine/core'

/** A filter that no field shows, and the way out of it. */
export function FilterNote({ text, action, onClear }: { text: string; action: string; onClear: () => void }) {
  return (
    <Group gap="xs" mb="md">
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {text}
      </Text>
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {action}
      </Button>
    </Group>
  )
}
