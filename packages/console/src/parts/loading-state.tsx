import { Center, Loader } from '@mantine/core'
import { words } from '../words/index.ts'

export function LoadingState() {
  return (
    <Center mih={320} role="status" aria-label={words.common.loading}>
      <Loader />
    </Center>
  )
}
