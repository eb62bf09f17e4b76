import { useEffect } from 'react'
import { words } from '../words/index.ts'

/** Names the page in the browser's title, until the next one does. */
export function usePageTitle(title: string | undefined): void {
  useEffect(() => {
    if (title === undefined) return
    document.title = `${title} · ${words.product}`
    return () => {
      document.title = words.product
    }
  }, [title])
}
