import {
  Button,
  Container,
  Group,
  SegmentedControl,
  Text,
  TextInput,
  Title,
  VisuallyHidden,
} from '@mantine/core'
import { Images, Search, SearchX } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { useGallery } from '../images/gallery-query.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { UploadButton } from '../upload/upload-button.tsx'
import { useActiveUploads } from '../upload/uploads.ts'
import { words } from '../words/index.ts'
import { GalleryGrid } from './gallery-grid.tsx'
import classes from './gallery-page.module.css'
import { STATES, useFilter } from './use-filter.ts'
import { useSelection } from './use-selection.ts'

const SelectionBar = lazy(() => import('./selection-bar.tsx'))
const DeleteImages = lazy(() => import('../images/delete-images.tsx'))

export function GalleryPage() {
  const { filter, typed, type, setState, clear } = useFilter()
  const gallery = useGallery(filter)
  const uploads = useActiveUploads()
  const selection = useSelection()
  const [toDelete, setToDelete] = useState<string[]>()
  const isFiltered = filter.q !== '' || filter.state !== 'all'
  const isEmpty = gallery.isSuccess && gallery.tiles.length === 0 && uploads.length === 0

  return (
    <Container size="xl" py="md" className={classes.page}>
      <Group justify="space-between" mb="md" gap="sm">
        <Title order={1} size="h3">
          {words.gallery.title}
        </Title>
        <Group gap="sm" className={classes.tools} role="search">
          <TextInput
            className={classes.search}
            type="search"
            placeholder={words.gallery.search}
            aria-label={words.gallery.searchLabel}
            leftSection={<Search size={16} aria-hidden />}
            value={typed}
            onChange={(event) => type(event.currentTarget.value)}
          />
          <SegmentedControl
            size="xs"
            aria-label={words.gallery.stateLabel}
            value={filter.state}
            onChange={setState}
            data={STATES.map((value) => ({ value, label: words.gallery.states[value] }))}
          />
        </Group>
        <Text size="sm" c="dimmed" role="status" className={classes.count}>
          {gallery.total === undefined ? '' : words.gallery.count(gallery.total)}
        </Text>
      </Group>
      {gallery.isPending && <LoadingState />}
      {gallery.isError && gallery.tiles.length === 0 && (
        <ErrorState error={gallery.error} onRetry={gallery.refetch} />
      )}
      {isEmpty &&
        (isFiltered ? (
          <EmptyState
            icon={SearchX}
            title={words.gallery.noneFoundTitle}
            text={words.gallery.noneFound}
            action={
              <Button variant="light" onClick={clear}>
                {words.gallery.showAll}
              </Button>
            }
          />
        ) : (
          <EmptyState
            icon={Images}
            title={words.gallery.emptyTitle}
            text={words.gallery.empty}
            action={<UploadButton size="md" />}
          />
        ))}
      {(gallery.tiles.length > 0 || uploads.length > 0) && (
        <>
          <VisuallyHidden id="gallery-keys">{words.gallery.keys}</VisuallyHidden>
          <GalleryGrid
            uploads={isFiltered ? [] : uploads}
            tiles={gallery.tiles}
            selection={selection}
            hasMore={gallery.hasNextPage}
            onMore={() => {
              if (!gallery.isFetching && !gallery.isError) void gallery.fetchNextPage()
            }}
            onDelete={(id) => setToDelete(selection.ids.has(id) ? [...selection.ids] : [id])}
          />
          {gallery.isFetchNextPageError && (
            <ErrorState error={gallery.error} onRetry={gallery.fetchNextPage} />
          )}
        </>
      )}
      <Suspense>
        {selection.ids.size > 0 && (
          <SelectionBar
            selection={selection}
            loadedIds={() => gallery.tiles.map(({ id }) => id)}
            onDelete={() => setToDelete([...selection.ids])}
          />
        )}
        {toDelete !== undefined && (
          <DeleteImages ids={toDelete} onDeleted={selection.clear} onClose={() => setToDelete(undefined)} />
        )}
      </Suspense>
    </Container>
  )
}
