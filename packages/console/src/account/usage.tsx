import { Group, Progress, Stack, Text } from '@mantine/core'
import { useUser } from '../app/session.ts'
import { formatBytes, formatLimit } from '../parts/format.ts'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'

export function Usage() {
  const { bytes, quotaBytes, images, quotaImages } = useUser().usage
  const number = (value: number) => value.toLocaleString(words.language)
  return (
    <Section title={words.account.usage}>
      <Bar
        name={words.account.storage}
        share={bytes / quotaBytes}
        text={words.account.of(formatBytes(bytes), formatLimit(quotaBytes))}
      />
      <Bar
        name={words.account.images}
        share={images / quotaImages}
        text={words.account.of(number(images), number(quotaImages))}
      />
    </Section>
  )
}

/** From so much on it is time to make room. */
const NEARLY_FULL = 0.9

function Bar({ name, share, text }: { name: string; share: number; text: string }) {
  const percent = Math.min(100, share * 100)
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </Group>
      <Progress value={percent} color={share > NEARLY_FULL ? 'red' : undefined} size="lg" aria-label={name} />
    </Stack>
  )
}
