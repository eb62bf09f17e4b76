import { useEffect, useRef } from 'react'

/** A ref to what gets the focus once `isAway` is over: else it would be lost with what stood in its place. */
export function useFocusWhenBack<Element extends HTMLElement>(isAway: boolean) {
  const element = useRef<Element>(null)
  const wasAway = useRef(false)
  useEffect(() => {
    if (wasAway.current && !isAway) element.current?.focus()
    wasAway.current = isAway
  }, [isAway])
  return element
}
