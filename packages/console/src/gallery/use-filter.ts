import { useSearchParams } from 'wouter'
import type { GalleryFilter } from '../images/gallery-pages.ts'
import { useSearchText } from '../parts/use-search-text.ts'

export const STATES = ['all', 'ready', 'pending', 'failed'] as const

const isState = (value: string | null): value is GalleryFilter['state'] =>
  STATES.some((state) => state === value)

/** Which images are asked for: in the address, so that it can be kept and come back to. */
export function useFilter() {
  const [params, setParams] = useSearchParams()
  const q = params.get('q') ?? ''
  const state = params.get('state')
  const filter: GalleryFilter = { q, state: isState(state) ? state : 'all' }

  function change(next: Partial<GalleryFilter>): void {
    const { q, state } = { ...filter, ...next }
    setParams({ ...(q === '' ? {} : { q }), ...(state === 'all' ? {} : { state }) }, { replace: true })
  }
  const search = useSearchText(q, (text) => change({ q: text }))

  return {
    filter,
    search,
    setState: (state: GalleryFilter['state']) => change({ state }),
    clear() {
      search.clear()
      setParams({}, { replace: true })
    },
  }
}
