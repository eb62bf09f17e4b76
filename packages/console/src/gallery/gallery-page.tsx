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
import { useMutation } from '@tanstack/react-query'
import { Images, Search, SearchX } from 'lucide-react'
import { useState } from 'react'
import { client } from '../app/client.ts'
import { dropImages, useGallery } from '../images/gallery-query.ts'
import { ConfirmModal } from '../parts/confirm-modal.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorState } from '../parts/error-state.tsx'
import { LoadingState } from '../parts/loading-state.tsx'
import { notifyDone, notifyFailure } from '../parts/notify.tsx'
import { UploadButton } from '../upload/upload-button.tsx'
import { useActiveUploads } from '../upload/uploads.ts'
import { words } from '../words/index.ts'
import { GalleryGrid } from './gallery-grid.tsx'
import classes from './gallery-page.module.css'
import { SelectionBar } from './selection-bar.tsx'
import { STATES, useFilter } from './use-filter.ts'
import { useSelection } from './use-selection.ts'

export function GalleryPage() {
  const { filter, typed, type, setState, clear } = useFilter()
  const gallery = useGallery(filter)
  const uploads = useActiveUploads()
  const selection = useSelection()
  const [toDelete, setToDelete] = useState<string[]>()
  const deletion = useMutation({
    mutationFn: (ids: string[]) => client.images.deleteMany(ids),
    onSuccess(results) {
      dropImages(new Set(results.map(({ id }) => id)))
      selection.clear()
      notifyDone(words.gallery.deleted(results.length))
    },
    onError: notifyFailure,
    onSettled: () => setToDelete(undefined),
  })
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
      {selection.ids.size > 0 && (
        <SelectionBar
          selection={selection}
          loadedIds={() => gallery.tiles.map(({ id }) => id)}
          onDelete={() => setToDelete([...selection.ids])}
        />
      )}
      <ConfirmModal
        isOpen={toDelete !== undefined}
        title={words.gallery.deleteTitle(toDelete?.length ?? 0)}
        text={words.gallery.deleteText}
        action={words.common.delete}
        isBusy={deletion.isPending}
        onConfirm={() => deletion.mutate(toDelete ?? [])}
        onClose={() => setToDelete(undefined)}
      />
    </Container>
  )
}
