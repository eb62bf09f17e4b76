import { ActionIcon, Alert, Button, Container, Grid, Group, Loader, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type Image, TintypeError } from '@tintype/sdk'
import { ArrowLeft, ImageOff, TriangleAlert } from 'lucide-react'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { client } from '../app/client.ts'
import { nameOf } from '../images/tile.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { usePageTitle } from '../parts/use-page-title.ts'
import { words } from '../words/index.ts'
import { DeleteImage } from './delete-image.tsx'
import { Details } from './details.tsx'
import { ImageTitle } from './image-title.tsx'
import { Links } from './links.tsx'
import { Preview } from './preview.tsx'
import { Renditions } from './renditions.tsx'

/** What is being made is asked about so often: no event tells of formats. */
const POLL_MS = 2000

const isBeingMade = ({ thumbnails, conversions = {} }: Image) =>
  [...Object.values(thumbnails), ...Object.values(conversions)].some(({ state }) => state === 'pending')

export default function ImagePage({ id }: { id: string }) {
  // In braces: browsers of today answer with a promise, which would be taken for the effect's end.
  useEffect(() => {
    window.scrollTo(0, 0)
  }, [])
  const {
    data: image,
    error,
    refetch,
  } = useQuery({
    queryKey: ['image', id],
    queryFn: () => client.images.get(id),
    refetchInterval: ({ state: { data } }) => data?.state === 'ready' && isBeingMade(data) && POLL_MS,
  })
  usePageTitle(image === undefined ? undefined : nameOf(image))
  // It may have been there, and be gone since.
  if (isNotThere(error)) return <NotThere />
  if (image === undefined) {
    return error === null ? <LoadingState /> : <ErrorState error={error} onRetry={refetch} />
  }
  return (
    <Container size="xl" py="md">
      <Stack gap="md">
        <Group wrap="nowrap" gap="xs">
          <ActionIcon
            component={Link}
            href="/"
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={words.image.back}
          >
            <ArrowLeft size={20} aria-hidden />
          </ActionIcon>
          <ImageTitle image={image} />
          <DeleteImage id={image.id} />
        </Group>
        {image.state === 'failed' && (
          <Alert color="red" icon={<TriangleAlert aria-hidden />} title={words.image.failedTitle}>
            {image.error?.message}
          </Alert>
        )}
        {image.state === 'pending' && (
          <Alert icon={<Loader size={18} aria-hidden />} title={words.image.pendingTitle} role="status">
            {words.image.pending}
          </Alert>
        )}
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 7 }}>
            <Stack gap="md">
              <Preview image={image} />
              <Details image={image} />
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Stack gap="md">
              <Renditions image={image} />
              <Links image={image} />
            </Stack>
          </Grid.Col>
        </Grid>
      </Stack>
    </Container>
  )
}

/** An id that is none is refused for its form: to people both are the same. */
const isNotThere = (error: unknown) =>
  error instanceof TintypeError && (error.statusCode === 404 || error.statusCode === 400)

function NotThere() {
  return (
    <EmptyState
      icon={ImageOff}
      title={words.image.notFoundTitle}
      text={words.image.notFound}
      action={
        <Button component={Link} href="/">
          {words.common.toGallery}
        </Button>
      }
    />
  )
}
