import type { Image } from '@tintype/sdk'
import type { Tile } from './tile.ts'

export interface GalleryFilter {
  q: string
  state: Image['state'] | 'all'
}

export interface GalleryPage {
  tiles: Tile[]
  nextCursor: string | null
  total: number | undefined
}

function fits({ state, name, filename }: Tile, filter: GalleryFilter): boolean {
  const q = filter.q.toLowerCase()
  const isFound = name.toLowerCase().includes(q) || filename.toLowerCase().includes(q)
  return isFound && (filter.state === 'all' || filter.state === state)
}

/** With an image as it is now, where it is or belongs; without it, where it does not. */
export function withTile(pages: GalleryPage[], filter: GalleryFilter, tile: Tile): GalleryPage[] {
  if (!fits(tile, filter)) return withoutTiles(pages, new Set([tile.id]))
  const at = pages.findIndex(({ tiles }) => tiles.some(({ id }) => id === tile.id))
  return at === -1 ? withNewTile(pages, tile) : withChangedTile(pages, at, tile)
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

export function withoutTiles(pages: GalleryPage[], ids: ReadonlySet<string>): GalleryPage[] {
  const found = pages.flatMap(({ tiles }) => tiles.filter(({ id }) => ids.has(id))).length
  if (found === 0) return pages
  return pages.map((page) => ({
    ...page,
    tiles: page.tiles.filter(({ id }) => !ids.has(id)),
    total: added(page.total, -found),
  }))
}

const added = (total: number | undefined, more: number) => (total === undefined ? undefined : total + more)
