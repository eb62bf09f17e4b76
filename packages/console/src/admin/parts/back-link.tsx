import { Anchor } from '@mantine/core'
import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'

export function BackLink({ href, label }: { href: string; label: string }) {
  return (
    <Anchor
      component={Link}
      href={href}
      size="sm"
      mb={4}
      style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}
    >
      <ArrowLeft size={14} aria-hidden />
      {label}
    </Anchor>
  )
}
