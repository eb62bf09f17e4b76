import { Group, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { usePageTitle } from '../../parts/use-page-title.ts'
import { BackLink } from './back-link.tsx'

interface PageHeadProps {
  title: string
  /** Where this is one of many. */
  back?: { href: string; label: string }
  /** Beside the title. */
  badges?: ReactNode
  actions?: ReactNode
}

/** What a page is, and what can be done on it. */
export function PageHead({ title, back, badges, actions }: PageHeadProps) {
  usePageTitle(title)
  return (
    <header>
      {back !== undefined && <BackLink {...back} />}
      <Group justify="space-between" mb="md" gap="sm">
        <Group gap="sm" miw={0}>
          <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {badges}
        </Group>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
    </header>
  )
}
