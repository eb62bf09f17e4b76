import { Button, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { Image, Link } from '@tintype/sdk'
import { LinkIcon } from 'lucide-react'
import { client } from '../app/client.ts'
import { useUser } from '../app/session.ts'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { Section } from '../parts/section.tsx'
import { useFocusWhenBack } from '../parts/use-focus-when-back.ts'
import { words } from '../words/index.ts'
import { LinkRow } from './link-row.tsx'
import { NewLinkForm } from './new-link-form.tsx'
import classes from './renditions.module.css'

async function readLinks(imageId: string): Promise<Link[]> {
  const links: Link[] = []
  for await (const link of client.links.list(imageId)) links.push(link)
  return links
}

export function Links({ image }: { image: Image }) {
  const { tier } = useUser()
  const [isMaking, form] = useDisclosure()
  const newLink = useFocusWhenBack<HTMLButtonElement>(isMaking)
  const links = useQuery({
    queryKey: ['links', image.id],
    queryFn: () => readLinks(image.id),
    enabled: tier.linkAccess,
    // Who visits a link is not told to its owner's page.
    refetchInterval: ({ state }) =>
      state.data?.some(({ usesLeft }) => usesLeft !== undefined) ? 5000 : false,
  })
  if (!tier.linkAccess) {
    return (
      <Section title={words.links.title}>
        <Text size="sm" c="dimmed">
          {words.links.notInTier}
        </Text>
      </Section>
    )
  }
  return (
    <Section
      title={words.links.title}
      action={
        !isMaking && (
          <Button
            ref={newLink}
            size="xs"
            variant="light"
            leftSection={<LinkIcon size={15} aria-hidden />}
            onClick={form.open}
          >
            {words.links.new}
          </Button>
        )
      }
    >
      {isMaking && <NewLinkForm imageId={image.id} tier={tier} onClose={form.close} />}
      {links.isPending && <LoadingState />}
      {links.isError && <ErrorState error={links.error} onRetry={links.refetch} />}
      {links.data?.length === 0 && !isMaking && (
        <Text size="sm" c="dimmed">
          {words.links.none}
        </Text>
      )}
      {links.data !== undefined && links.data.length > 0 && (
        <Stack gap={0} component="ul" className={classes.list}>
          {links.data.map((link) => (
            <LinkRow key={link.id} link={link} readAtMs={links.dataUpdatedAt} imageId={image.id} />
          ))}
        </Stack>
      )}
    </Section>
  )
}
