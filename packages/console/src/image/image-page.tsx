import { Title } from '@mantine/core'

export default function ImagePage({ id }: { id: string }) {
  return <Title order={1}>{id}</Title>
}
