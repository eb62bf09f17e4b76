import { Paper, Text } from '@mantine/core'
import { Link } from 'wouter'
import classes from './figure.module.css'

interface FigureProps {
  label: string
  value: string
  more?: string
  /** Whether somebody should look after it. */
  isBad?: boolean
  /** Where more is told of it. */
  href?: string
}

/** A number, and what it means. */
export function Figure({ label, value, more, isBad = false, href }: FigureProps) {
  return (
    <Paper withBorder p="md" className={classes.figure}>
      <Text size="sm" c="dimmed">
        {href === undefined ? (
          label
        ) : (
          <Link href={href} className={classes.link}>
            {label}
          </Link>
        )}
      </Text>
      <Text className={classes.value} data-bad={isBad || undefined}>
        {value}
      </Text>
      {more !== undefined && (
        <Text size="xs" c="dimmed">
          {more}
        </Text>
      )}
    </Paper>
  )
}
