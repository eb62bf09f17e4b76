import { Center, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

export interface EmptyStateProps {
  icon?: LucideIcon
  title: string
  text?: string
  action?: ReactNode
}

/** What there is to see and do where there is nothing. */
export function EmptyState({ icon: Icon, title, text, action }: EmptyStateProps) {
  return (
    <Center mih={320} p="xl">
      <Stack align="center" gap="sm" maw={440} ta="center">
        {Icon !== undefined && (
          <ThemeIcon size={64} radius="xl" variant="light">
            <Icon size={30} strokeWidth={1.6} aria-hidden />
          </ThemeIcon>
        )}
        <Title order={2} size="h3">
          {title}
        </Title>
        {text !== undefined && <Text c="dimmed">{text}</Text>}
        {action}
      </Stack>
    </Center>
  )
}
