import { useCallback, useMemo, useState } from 'react'
import type { Tile } from '../images/tile.ts'

/** Which of the images that are shown are selected, by id: what is done to them is done to nothing unseen. */
export function useSelection(tiles: readonly Tile[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set())
  const toggle = useCallback((id: string) => {
    setChosen((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  const remove = useCallback((ids: string[]) => {
    setChosen((before) => new Set([...before].filter((id) => !ids.includes(id))))
  }, [])
  const clear = useCallback(() => setChosen(new Set()), [])
  const selectAll = useCallback((all: string[]) => setChosen(new Set(all)), [])
  const ids = useMemo(
    () => new Set(tiles.filter(({ id }) => chosen.has(id)).map(({ id }) => id)),
    [tiles, chosen],
  )
  return { ids, toggle, remove, clear, selectAll }
}

export type Selection = ReturnType<typeof useSelection>
