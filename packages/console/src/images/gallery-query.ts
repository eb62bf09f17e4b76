import { type InfiniteData, keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import type { Image } from '@tintype/sdk'
import { client } from '../app/client.ts'
import { queryClient } from '../app/session.ts'
import { type Tile, tileOf } from './tile.ts'

export interface GalleryFilter {
  q: string
  state: Image['state'] | 'all'
}

interface GalleryPage {
  tiles: Tile[]
  nextCursor: string | null
  total: number | undefined
}

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
  return {
    ...query,
    tiles: query.data?.pages.flatMap(({ tiles }) => tiles) ?? [],
    total: query.data?.pages[0]?.total,
  }
}

type Pages = InfiniteData<GalleryPage, string | null>

function changeGalleries(change: (pages: GalleryPage[], filter: GalleryFilter) => GalleryPage[]): void {
  for (const [key, data] of queryClient.getQueriesData<Pages>({ queryKey: [KEY] })) {
    if (data === undefined) continue
    const pages = change(data.pages, key[1] as GalleryFilter)
    if (pages !== data.pages) queryClient.setQueryData<Pages>(key, { ...data, pages })
  }
}

/** Shows an image as it is now, wherever it is or belongs. */
export function putImage(image: Image): void {
  queryClient.setQueryData<Image>(['image', image.id], (known) => known && image)
  const tile = tileOf(image)
  changeGalleries((pages, filter) => {
    if (!fits(tile, filter)) return withoutTiles(pages, new Set([tile.id]))
    const at = pages.findIndex(({ tiles }) => tiles.some(({ id }) => id === tile.id))
    return at === -1 ? withNewTile(pages, tile) : withChangedTile(pages, at, tile)
  })
}

/** Shows an image that was uploaded a moment ago, unless an event was faster to tell how it is now. */
export function putNewImage(image: Image): void {
  const isKnown = allTiles().some(({ id }) => id === image.id)
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
  changeGalleries((pages) => withoutTiles(pages, ids))
}

/** Reads anew from the beginning: too much was missed. */
export function resetGalleries(): void {
  void queryClient.resetQueries({ queryKey: [KEY] })
  void queryClient.invalidateQueries({ queryKey: ['image'] })
}

function fits({ state, name, filename }: Tile, filter: GalleryFilter): boolean {
  const q = filter.q.toLowerCase()
  const isFound = name.toLowerCase().includes(q) || filename.toLowerCase().includes(q)
  return isFound && (filter.state === 'all' || filter.state === state)
}

/** Ids are in the order of time, and the newest comes first: what was sent beside others may come in between. */
function withNewTile(pages: GalleryPage[], tile: Tile): GalleryPage[] {
  const found = pages.findIndex(({ tiles }) => tiles.some(({ id }) => id < tile.id))
  // Older than all that is loaded, it is the last of all, or on a page that is not loaded yet.
  const isLast = found === -1 && pages.at(-1)?.nextCursor === null
  const at = isLast ? pages.length - 1 : found
  if (at === -1) return pages
  return pages.map((page, index) => ({
    ...page,
    tiles: index === at ? withTileInOrder(page.tiles, tile) : page.tiles,
    total: added(page.total, 1),
  }))
}

function withTileInOrder(tiles: Tile[], tile: Tile): Tile[] {
  const older = tiles.findIndex(({ id }) => id < tile.id)
  return tiles.toSpliced(older === -1 ? tiles.length : older, 0, tile)
}

function withChangedTile(pages: GalleryPage[], at: number, tile: Tile): GalleryPage[] {
  return pages.map((page, index) =>
    index === at ? { ...page, tiles: page.tiles.map((one) => (one.id === tile.id ? tile : one)) } : page,
  )
}

function withoutTiles(pages: GalleryPage[], ids: ReadonlySet<string>): GalleryPage[] {
  const found = pages.flatMap(({ tiles }) => tiles.filter(({ id }) => ids.has(id))).length
  if (found === 0) return pages
  return pages.map((page) => ({
    ...page,
    tiles: page.tiles.filter(({ id }) => !ids.has(id)),
    total: added(page.total, -found),
  }))
}

const added = (total: number | undefined, more: number) => (total === undefined ? undefined : total + more)
