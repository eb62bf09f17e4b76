import { ActionIcon, Badge, Button, Group, Stack, Text, Tooltip } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ConversionFormat, Image } from '@tintype/sdk'
import { Download } from 'lucide-react'
import { client } from '../app/client.ts'
import { localUrl } from '../app/local-url.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { formatBytes } from '../parts/format.ts'
import { notifyFailure } from '../parts/notify.tsx'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'
import classes from './renditions.module.css'

type Described = Image['thumbnails'][string]

interface RenditionProps {
  name: string
  rendition: Described
  onMake?: () => void
}

/** Everything that the user's tier grants of the picture. */
export function Renditions({ image }: { image: Image }) {
  const { original, thumbnails, conversions = {}, width, height, bytes } = image
  return (
    <Section title={words.image.renditions}>
      <Stack gap={0} component="ul" className={classes.list}>
        {original !== undefined && (
          <Rendition
            name={words.image.original}
            rendition={{ ...original, state: 'ready', width, height, bytes }}
          />
        )}
        {Object.entries(thumbnails).map(([bound, thumbnail]) => (
          <Rendition key={bound} name={words.image.thumbnail(Number(bound))} rendition={thumbnail} />
        ))}
        {Object.entries(conversions).map(([format, conversion]) => (
          <Conversion
            key={format}
            image={image}
            format={format as ConversionFormat}
            conversion={conversion}
          />
        ))}
      </Stack>
    </Section>
  )
}

interface ConversionProps {
  image: Image
  format: ConversionFormat
  conversion: Described
}

/** The whole picture in another format. Several may be made beside each other. */
function Conversion({ image: { id, state }, format, conversion }: ConversionProps) {
  const queries = useQueryClient()
  const making = useMutation({
    // It is made by being asked for; its bytes are not wanted here.
    mutationFn: async () => {
      const { stream } = await client.images.conversion(id, format, { timeoutMs: 300_000 })
      await stream.cancel()
    },
    onError: notifyFailure,
    onSettled: () => queries.invalidateQueries({ queryKey: ['image', id] }),
  })
  return (
    <Rendition
      name={words.image.conversion(format.toUpperCase())}
      rendition={making.isPending ? { ...conversion, state: 'pending' } : conversion}
      onMake={state === 'ready' ? () => making.mutate() : undefined}
    />
  )
}

function Rendition({ name, rendition, onMake }: RenditionProps) {
  const { state, width, height, bytes } = rendition
  const url = localUrl(rendition.url)
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {width === undefined || height === undefined
            ? state !== 'failed' && words.image.states[state]
            : [words.image.dimensions(width, height), bytes !== undefined && formatBytes(bytes)]
                .filter(Boolean)
                .join(' · ')}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        {state === 'pending' && <Badge variant="light">{words.image.states.pending}</Badge>}
        {state === 'failed' && (
          <Badge variant="light" color="red">
            {words.image.states.failed}
          </Badge>
        )}
        {state === 'on-request' && onMake !== undefined && (
          <Button size="compact-sm" variant="light" onClick={onMake}>
            {words.image.make}
          </Button>
        )}
        {state !== 'failed' && (
          <CopyButton value={new URL(url, location.origin).href} label={words.image.copyAddress(name)} />
        )}
        {state === 'ready' && (
          <Tooltip label={words.common.download} withArrow>
            <ActionIcon
              component="a"
              href={`${url}?download=true`}
              variant="subtle"
              color="gray"
              aria-label={words.image.download(name)}
            >
              <Download size={17} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
    </li>
  )
}
