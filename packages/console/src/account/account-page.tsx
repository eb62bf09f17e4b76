import { Title } from '@mantine/core'
import { words } from '../words/index.ts'

export default function AccountPage() {
  return <Title order={1}>{words.account.title}</Title>
}
