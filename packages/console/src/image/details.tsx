import type { Image } from '@tintype/sdk'
import { Facts } from '../parts/facts.tsx'
import { formatBytes, formatDate } from '../parts/format.ts'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'

export function Details({ image }: { image: Image }) {
  return (
    <Section title={words.image.details}>
      <Facts
        facts={[
          [words.image.filename, image.filename],
          [words.image.format, image.format.toUpperCase()],
          [words.image.size, words.image.dimensions(image.width, image.height)],
          [words.image.bytes, formatBytes(image.bytes)],
          [words.image.uploaded, formatDate(image.uploadedAt)],
        ]}
      />
    </Section>
  )
}
