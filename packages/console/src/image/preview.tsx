import { Center, Loader } from '@mantine/core'
import type { Image } from '@tintype/sdk'
import { ImageOff } from 'lucide-react'
import { useMemo } from 'react'
import { localUrl } from '../app/local-url.ts'
import { placeholderOf } from '../images/placeholder.ts'
import { nameOf, sourcesOf, srcSetOf } from '../images/tile.ts'
import classes from './preview.module.css'

/** What every browser shows. */
const SHOWN: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'avif'])
/** An original that is larger is not loaded for a look. */
const MAX_BYTES = 20_000_000

/** The picture as large as there is room, from the best there is for it. */
export function Preview({ image }: { image: Image }) {
  const placeholder = useMemo(() => placeholderOf(image.thumbhash), [image.thumbhash])
  const sources = sourcesOf(image)
  const { original, format, bytes, width, height, state } = image
  if (original !== undefined && state === 'ready' && SHOWN.has(format) && bytes <= MAX_BYTES) {
    sources.push({ url: localUrl(original.url), width })
  }
  const background = placeholder === undefined ? {} : { backgroundImage: `url(${placeholder})` }
  return (
    <Center className={classes.frame} style={{ aspectRatio: `${width} / ${height}`, ...background }}>
      {state === 'pending' && <Loader />}
      {state === 'failed' && <ImageOff size={48} strokeWidth={1.4} aria-hidden />}
      {sources.length > 0 && (
        <img
          className={classes.picture}
          alt={nameOf(image)}
          srcSet={srcSetOf(sources)}
          sizes="(min-width: 62em) 58vw, 100vw"
        />
      )}
    </Center>
  )
}
