import { SimpleGrid } from '@mantine/core'
import type { ReactNode } from 'react'

/** The fields that narrow a list. */
export function FilterBar({ children }: { children: ReactNode }) {
  return (
    <SimpleGrid component="search" cols={{ base: 2, md: 4 }} spacing="sm" mb="md">
      {children}
    </SimpleGrid>
  )
}
