import { useElementSize, useMergedRef } from '@mantine/hooks'
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
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
const AHEAD_ROWS = 9
/** Where people were when they went to look at one, for when they come back. */
let leftAt = 0

/** As many tiles as fit; those out of sight are not in the page. */
export function GalleryGrid({ uploads, tiles, selection, hasMore, onMore, onDelete }: GalleryGridProps) {
  const { ref, width } = useElementSize<HTMLDivElement>()
  const element = useRef<HTMLDivElement>(null)
  const measure = useMergedRef(ref, element)
  const [top, setTop] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: in another width, what is above it has another height
  useLayoutEffect(() => {
    setTop(element.current?.offsetTop ?? 0)
  }, [width])

  const layout = layoutOf(width)
  const items = [...uploads, ...tiles]
  const rowCount = width === 0 ? 0 : Math.ceil(items.length / layout.columns)
  const rowOf = (tileIndex: number) => Math.floor((tileIndex + uploads.length) / layout.columns)
  const keys = useGridKeys({
    tiles,
    columns: layout.columns,
    onToggle: selection.toggle,
    onDelete,
    onMove: (index) => rows.scrollToIndex(rowOf(index)),
  })
  const doorRow = rowOf(keys.doorIndex)
  const rows = useWindowVirtualizer({
    count: rowCount,
    estimateSize: () => layout.rowHeight,
    overscan: 3,
    scrollMargin: top,
    // The Tab key comes to its door, wherever one has scrolled to.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), doorRow])]
        .filter((row) => row < range.count)
        .sort((one, other) => one - other),
  })
  const { rowHeight } = layout
  // biome-ignore lint/correctness/useExhaustiveDependencies: another width, another height
  useLayoutEffect(() => {
    rows.measure()
  }, [rows, rowHeight])

  const lastVisible = rows.range?.endIndex ?? 0
  const wantsMore = hasMore && width > 0 && lastVisible >= rowCount - AHEAD_ROWS
  useEffect(() => {
    if (wantsMore) onMore()
  })

  // Before its rows are laid out there is nothing to scroll.
  const isLaidOut = rowCount > 0
  useLayoutEffect(() => {
    if (!isLaidOut) return
    window.scrollTo(0, leftAt)
    const remember = () => {
      leftAt = window.scrollY
    }
    window.addEventListener('scroll', remember, { passive: true })
    return () => window.removeEventListener('scroll', remember)
  }, [isLaidOut])

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
      {rows.getVirtualItems().map((row) => (
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
