import { useElementSize } from '@mantine/hooks'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useLayoutEffect, useState } from 'react'
import type { Tile } from '../images/tile.ts'
import type { Upload } from '../upload/upload.ts'
import { words } from '../words/index.ts'
import classes from './gallery-grid.module.css'
import { GalleryTile } from './gallery-tile.tsx'
import { layoutOf } from './layout.ts'
import { UploadTile } from './upload-tile.tsx'
import { useGridKeys } from './use-grid-keys.ts'
import type { Selection } from './use-selection.ts'

export interface GalleryGridProps {
  uploads: Upload[]
  tiles: Tile[]
  selection: Selection
  hasMore: boolean
  onMore: () => void
  onDelete: (id: string) => void
}

/** Rows ahead of the last one at which more are asked for. */
const AHEAD_ROWS = 6
/** Where people were when they went to look at one, for when they come back. */
let leftAt = 0

/** As many tiles as fit; those out of sight are not in the page. */
export function GalleryGrid({ uploads, tiles, selection, hasMore, onMore, onDelete }: GalleryGridProps) {
  const { ref, width } = useElementSize()
  const [top, setTop] = useState(0)
  // The same at every drawing: another one would be told of the element again.
  const measure = useCallback(
    (element: HTMLDivElement | null) => {
      ref(element)
      if (element !== null) setTop(element.offsetTop)
    },
    [ref],
  )
  const layout = layoutOf(width)
  const items = [...uploads, ...tiles]
  const rowCount = width === 0 ? 0 : Math.ceil(items.length / layout.columns)
  const rows = useWindowVirtualizer({
    count: rowCount,
    estimateSize: () => layout.rowHeight,
    overscan: 3,
    scrollMargin: top,
  })
  const { rowHeight } = layout
  // biome-ignore lint/correctness/useExhaustiveDependencies: another width, another height
  useLayoutEffect(() => {
    rows.measure()
  }, [rows, rowHeight])

  const keys = useGridKeys({
    tiles,
    columns: layout.columns,
    onToggle: selection.toggle,
    onDelete,
    onMove: (index) => rows.scrollToIndex(Math.floor((index + uploads.length) / layout.columns)),
  })

  const visible = rows.getVirtualItems()
  const lastVisible = visible.at(-1)?.index ?? 0
  const wantsMore = hasMore && width > 0 && lastVisible >= rowCount - AHEAD_ROWS
  useEffect(() => {
    if (wantsMore) onMore()
  })

  useEffect(() => {
    window.scrollTo(0, leftAt)
    const remember = () => {
      leftAt = window.scrollY
    }
    window.addEventListener('scroll', remember, { passive: true })
    return () => window.removeEventListener('scroll', remember)
  }, [])

  return (
    <div
      ref={measure}
      role="grid"
      aria-label={words.gallery.list}
      aria-describedby="gallery-keys"
      aria-rowcount={hasMore ? -1 : rowCount}
      aria-colcount={layout.columns}
      aria-multiselectable
      className={classes.grid}
      style={{ height: rows.getTotalSize() }}
      onKeyDown={keys.onKeyDown}
    >
      {visible.map((row) => (
        <div
          key={row.key}
          role="row"
          aria-rowindex={row.index + 1}
          className={classes.row}
          style={{
            gridTemplateColumns: `repeat(${layout.columns}, minmax(0, 1fr))`,
            gap: layout.gap,
            transform: `translateY(${row.start - rows.options.scrollMargin}px)`,
          }}
        >
          {items
            .slice(row.index * layout.columns, (row.index + 1) * layout.columns)
            .map((item) =>
              'sentBytes' in item ? (
                <UploadTile key={item.id} upload={item} />
              ) : (
                <GalleryTile
                  key={item.id}
                  tile={item}
                  side={layout.side}
                  isRushing={rows.isScrolling}
                  isSelected={selection.ids.has(item.id)}
                  isDoor={item.id === keys.doorId}
                  onToggle={selection.toggle}
                  onFocus={keys.onFocus}
                />
              ),
            )}
        </div>
      ))}
    </div>
  )
}
