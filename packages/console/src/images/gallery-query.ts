import { type InfiniteData, keepPreviousData, type QueryKey, useInfiniteQuery } from '@tanstack/react-query'
import type { Image } from '@tintype/sdk'
import { useMemo } from 'react'
import { client } from '../app/client.ts'
import { queryClient } from '../app/session.ts'
import { type GalleryFilter, type GalleryPage, withoutTiles, withTile } from './gallery-pages.ts'
import { type Tile, tileOf } from './tile.ts'

const PAGE_SIZE = 60
const KEY = 'gallery'

async function readPage({ q, state }: GalleryFilter, cursor: string | null, signal: AbortSignal) {
  const filter = {
    limit: PAGE_SIZE,
    ...(q === '' ? {} : { q }),
    ...(state === 'all' ? {} : { state }),
    ...(cursor === null ? { total: true } : {}),
  }
  const { items, nextCursor, total } = await client.images.list(filter, { signal }).page(cursor ?? undefined)
  return { tiles: items.map(tileOf), nextCursor, total }
}

/** The user's images, a page after another as they are asked for. */
export function useGallery(filter: GalleryFilter) {
  const query = useInfiniteQuery({
    queryKey: [KEY, filter],
    queryFn: ({ pageParam, signal }): Promise<GalleryPage> => readPage(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
    // Events keep it up to date: asking anew would ask for every page that was seen.
    staleTime: Number.POSITIVE_INFINITY,
  })
  const pages = query.data?.pages
  const tiles = useMemo(() => pages?.flatMap(({ tiles }) => tiles) ?? [], [pages])
  return { ...query, tiles, total: pages?.[0]?.total }
}

type Pages = InfiniteData<GalleryPage, string | null>

/** Of images that are gone nothing is shown again, whichever answer about them comes late. */
const gone = new Set<string>()
/** What changed while a page was on its way: it may not know of it, and takes the place of pages that do. */
const changedMeanwhile = new Map<string, Tile>()

queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.query.queryKey[0] !== KEY) return
  // Changes made here are `manual`.
  if (event.action.type === 'success' && !event.action.manual) {
    changeGallery(event.query.queryKey, (pages, filter) =>
      [...changedMeanwhile.values()].reduce(
        (changed, tile) => withTile(changed, filter, tile),
        withoutTiles(pages, gone),
      ),
    )
  }
  if (!isAnyLoading()) changedMeanwhile.clear()
})

const isAnyLoading = () => queryClient.isFetching({ queryKey: [KEY] }) > 0

type Change = (pages: GalleryPage[], filter: GalleryFilter) => GalleryPage[]

function changeGalleries(change: Change): void {
  for (const [key] of queryClient.getQueriesData({ queryKey: [KEY] })) changeGallery(key, change)
}

function changeGallery(key: QueryKey, change: Change): void {
  const data = queryClient.getQueryData<Pages>(key)
  if (data === undefined) return
  const pages = change(data.pages, key[1] as GalleryFilter)
  if (pages !== data.pages) queryClient.setQueryData<Pages>(key, { ...data, pages })
}

/** Shows an image as it is now, wherever it is or belongs. */
export function putImage(image: Image): void {
  if (gone.has(image.id)) return
  queryClient.setQueryData<Image>(['image', image.id], (known) => known && image)
  const tile = tileOf(image)
  if (isAnyLoading()) changedMeanwhile.set(tile.id, tile)
  changeGalleries((pages, filter) => withTile(pages, filter, tile))
}

/** Shows an image that was uploaded a moment ago, unless an event was faster to tell how it is now. */
export function putNewImage(image: Image): void {
  const isKnown = changedMeanwhile.has(image.id) || allTiles().some(({ id }) => id === image.id)
  if (!isKnown) putImage(image)
}

/** Those that are shown as being processed. */
export function pendingIds(): Set<string> {
  const pending = allTiles().filter(({ state }) => state === 'pending')
  return new Set(pending.map(({ id }) => id))
}

function allTiles(): Tile[] {
  return queryClient
    .getQueriesData<Pages>({ queryKey: [KEY] })
    .flatMap(([, data]) => data?.pages ?? [])
    .flatMap(({ tiles }) => tiles)
}

/** Takes images away that are gone. */
export function dropImages(ids: ReadonlySet<string>): void {
  for (const id of ids) {
    gone.add(id)
    changedMeanwhile.delete(id)
    void queryClient.invalidateQueries({ queryKey: ['image', id] })
  }
  changeGalleries((pages) => withoutTiles(pages, ids))
}

/** Takes it that an image is there again: given to somebody else, and given back. */
export function expectImage(id: string): void {
  gone.delete(id)
}

/** Reads anew from the beginning: too much was missed. */
export function resetGalleries(): void {
  void queryClient.resetQueries({ queryKey: [KEY] })
  void queryClient.invalidateQueries({ queryKey: ['image'] })
}
