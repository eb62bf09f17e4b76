import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'

const PAUSE_MS = 250

/**
 * What is typed into a search, which is sent once the typing pauses. A search
 * that was changed elsewhere, as by a link, is shown in place of what was typed.
 */
export function useSearchText(searched: string, onSearch: (text: string) => void) {
  const [text, setText] = useState(searched)
  const known = useRef(searched)
  const send = (text: string) => {
    known.current = text
    onSearch(text)
  }
  const sendSoon = useDebouncedCallback((text: string) => send(text.trim()), PAUSE_MS)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the search alone, which may be changed elsewhere
  useEffect(() => {
    if (searched === known.current) return
    known.current = searched
    sendSoon.cancel()
    setText(searched)
  }, [searched])

  return {
    text,
    type(text: string) {
      setText(text)
      sendSoon(text)
    },
    clear() {
      setText('')
      sendSoon.cancel()
      send('')
    },
  }
}
