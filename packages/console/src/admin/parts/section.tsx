import { Paper, type PaperProps, Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A part of a page, under a heading of its own. */
export function Section({ title, children, ...rest }: PaperProps & { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id} {...rest}>
      <Title order={2} size="h5" mb="sm" id={id}>
        {title}
      </Title>
      {children}
    </Paper>
  )
}
