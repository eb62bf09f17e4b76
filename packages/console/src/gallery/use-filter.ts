import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import type { GalleryFilter } from '../images/gallery-query.ts'

export const STATES = ['all', 'ready', 'pending', 'failed'] as const

const isState = (value: string | null): value is GalleryFilter['state'] =>
  STATES.some((state) => state === value)

/** Which images are asked for: in the address, so that it can be kept and come back to. */
export function useFilter() {
  const [params, setParams] = useSearchParams()
  const q = params.get('q') ?? ''
  const state = params.get('state')
  const filter: GalleryFilter = { q, state: isState(state) ? state : 'all' }
  const [typed, setTyped] = useState(q)

  function change(next: Partial<GalleryFilter>): void {
    const { q, state } = { ...filter, ...next }
    setParams({ ...(q === '' ? {} : { q }), ...(state === 'all' ? {} : { state }) }, { replace: true })
  }
  const search = useDebouncedCallback((text: string) => change({ q: text.trim() }), 250)

  return {
    filter,
    typed,
    type(text: string) {
      setTyped(text)
      search(text)
    },
    setState: (state: GalleryFilter['state']) => change({ state }),
    clear() {
      setTyped('')
      search.cancel()
      setParams({}, { replace: true })
    },
  }
}
