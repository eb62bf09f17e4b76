import { Anchor } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** From a row to what it is about. */
export function RowLink({
  href,
  strong = false,
  children,
}: {
  href: string
  strong?: boolean
  children: ReactNode
}) {
  return (
    <Anchor component={Link} href={href} inherit {...(strong ? { fw: 600 } : {})}>
      {children}
    </Anchor>
  )
}
