import { Title } from '@mantine/core'
import { words } from '../words/index.ts'

export function GalleryPage() {
  return <Title order={1}>{words.gallery.title}</Title>
}
