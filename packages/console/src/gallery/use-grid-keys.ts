import { type KeyboardEvent, useCallback, useEffect, useState } from 'react'
import type { Tile } from '../images/tile.ts'
import { domIdOf } from './gallery-tile.tsx'

export interface GridKeysOptions {
  tiles: Tile[]
  columns: number
  onToggle: (id: string) => void
  onDelete: (id: string) => void
  /** Brings the tile into the page before it gets the focus. */
  onMove: (index: number) => void
}

/**
 * Keys as in any grid (WAI-ARIA Authoring Practices): arrows, Home, End and page
 * keys move the focus, Space selects, Delete deletes; Enter follows the link by itself.
 */
export function useGridKeys({ tiles, columns, onToggle, onDelete, onMove }: GridKeysOptions) {
  const [focusedId, setFocusedId] = useState<string>()
  const [wantedId, setWantedId] = useState<string>()
  const index = tiles.findIndex(({ id }) => id === focusedId)

  const doorIndex = Math.max(0, index)

  // Every time it is drawn, until the tile is there.
  useEffect(() => {
    if (wantedId === undefined) return
    const element = document.getElementById(domIdOf(wantedId))
    if (element === null) return
    element.focus({ preventScroll: true })
    setWantedId(undefined)
  })

  function onKeyDown(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLAnchorElement) || index === -1) return
    const step = stepOf(event.key, columns)
    if (step !== undefined) {
      event.preventDefault()
      const next = Math.min(tiles.length - 1, Math.max(0, index + step))
      onMove(next)
      setWantedId(tiles[next]?.id)
    } else if (event.key === ' ') {
      event.preventDefault()
      onToggle(tiles[index]?.id ?? '')
    } else if (event.key === 'Delete') onDelete(tiles[index]?.id ?? '')
  }

  return {
    onKeyDown,
    onFocus: useCallback((id: string) => setFocusedId(id), []),
    /** What the Tab key comes to: where one was, or the first. */
    doorId: tiles[doorIndex]?.id,
    doorIndex,
  }
}

const ROWS_OF_A_PAGE = 4

function stepOf(key: string, columns: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * ROWS_OF_A_PAGE,
    PageDown: columns * ROWS_OF_A_PAGE,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  }
  return steps[key]
}
