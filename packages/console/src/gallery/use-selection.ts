import { useCallback, useMemo, useState } from 'react'

/** Which images are selected, by id. */
export function useSelection() {
  const [ids, setIds] = useState<ReadonlySet<string>>(() => new Set())
  const toggle = useCallback((id: string) => {
    setIds((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  const clear = useCallback(() => setIds(new Set()), [])
  const selectAll = useCallback((all: string[]) => setIds(new Set(all)), [])
  return useMemo(() => ({ ids, toggle, clear, selectAll }), [ids, toggle, clear, selectAll])
}

export type Selection = ReturnType<typeof useSelection>
