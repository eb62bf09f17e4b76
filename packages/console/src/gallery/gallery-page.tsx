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
import { useDisclosure } from '@mantine/hooks'
import { Images, Search, SearchX } from 'lucide-react'
import { lazy, useEffect, useState } from 'react'
import { useGallery } from '../images/gallery-query.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { OnDemand } from '../parts/on-demand.tsx'
import { usePageTitle } from '../parts/use-page-title.ts'
import { UploadButton } from '../upload/upload-button.tsx'
import { useActiveUploads } from '../upload/uploads.ts'
import { words } from '../words/index.ts'
import { GalleryGrid } from './gallery-grid.tsx'
import classes from './gallery-page.module.css'
import { STATES, useFilter } from './use-filter.ts'
import { useSelection } from './use-selection.ts'

const SelectionBar = lazy(() => import('./selection-bar.tsx'))
const DeleteImages = lazy(() => import('../images/delete-images.tsx'))

/** What had the focus went with what was deleted: the keyboard goes on in the grid. */
function focusGrid(): void {
  if (document.activeElement !== document.body) return
  document.querySelector<HTMLElement>('[role=grid] a[tabindex="0"]')?.focus()
}

export function GalleryPage() {
  const { filter, search, setState, clear } = useFilter()
  const gallery = useGallery(filter)
  const isFiltered = filter.q !== '' || filter.state !== 'all'
  // What is on its way matches no search yet.
  const uploads = useActiveUploads()
  const shownUploads = isFiltered ? [] : uploads
  const selection = useSelection(gallery.tiles)
  const [toDelete, setToDelete] = useState<string[]>([])
  const [isAsking, question] = useDisclosure()
  usePageTitle(words.gallery.title)

  const hasItems = gallery.tiles.length > 0 || shownUploads.length > 0
  const isEmpty = gallery.isSuccess && !hasItems && !gallery.hasNextPage
  function loadMore() {
    if (gallery.hasNextPage && !gallery.isFetching && !gallery.isError) void gallery.fetchNextPage()
  }
  // All that were loaded may be gone: there is no grid then to ask for the others.
  useEffect(() => {
    if (!hasItems) loadMore()
  })
  function askToDelete(ids: string[]) {
    setToDelete(ids)
    question.open()
  }

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
            value={search.text}
            onChange={(event) => search.type(event.currentTarget.value)}
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
      {!hasItems && !isEmpty && !gallery.isError && <LoadingState />}
      {gallery.isError && gallery.tiles.length === 0 && (
        <ErrorState
          error={gallery.error}
          onRetry={gallery.isFetchNextPageError ? gallery.fetchNextPage : gallery.refetch}
        />
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
      {hasItems && (
        <>
          <VisuallyHidden id="gallery-keys">{words.gallery.keys}</VisuallyHidden>
          <GalleryGrid
            uploads={shownUploads}
            tiles={gallery.tiles}
            selection={selection}
            hasMore={gallery.hasNextPage}
            onMore={loadMore}
            onDelete={(id) => askToDelete(selection.ids.has(id) ? [...selection.ids] : [id])}
          />
          {gallery.isFetchNextPageError && gallery.tiles.length > 0 && (
            <ErrorState error={gallery.error} onRetry={gallery.fetchNextPage} />
          )}
        </>
      )}
      <OnDemand>
        {selection.ids.size > 0 && (
          <SelectionBar
            selection={selection}
            loadedIds={() => gallery.tiles.map(({ id }) => id)}
            onDelete={() => askToDelete([...selection.ids])}
          />
        )}
        <DeleteImages
          ids={toDelete}
          isOpen={isAsking}
          onDeleted={selection.remove}
          onClose={question.close}
          onClosed={focusGrid}
        />
      </OnDemand>
    </Container>
  )
}
