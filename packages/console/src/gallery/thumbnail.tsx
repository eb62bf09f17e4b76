import { useEffect, useMemo, useState } from 'react'
import { placeholderOf } from '../images/placeholder.ts'
import { srcSetOf, type Tile } from '../images/tile.ts'
import classes from './thumbnail.module.css'

/** What was refused for a moment, as when very many are asked for, is asked for again. */
const RETRIES_AFTER_MS = [1000, 4000, 15_000]

export interface ThumbnailProps {
  tile: Tile
  /** The side of the square that it fills, in CSS pixels. */
  side: number
  /** Whether to leave it at the placeholder: nobody sees what rushes by. */
  isRushing: boolean
}

/** The picture's colours at once, and the picture over them when it is there. */
export function Thumbnail({ tile, side, isRushing }: ThumbnailProps) {
  const placeholder = useMemo(() => placeholderOf(tile.thumbhash), [tile.thumbhash])
  const [isWanted, setIsWanted] = useState(!isRushing)
  const [isLoaded, setIsLoaded] = useState(false)
  const [failures, setFailures] = useState(0)
  const [attempt, setAttempt] = useState(0)
  if (!isRushing && !isWanted) setIsWanted(true)

  useEffect(() => {
    const afterMs = RETRIES_AFTER_MS[failures - 1]
    if (afterMs === undefined) return
    const timer = setTimeout(() => setAttempt(failures), afterMs)
    return () => clearTimeout(timer)
  }, [failures])

  const { sources, aspectRatio } = tile
  const width = Math.round(side * Math.max(1, aspectRatio))
  return (
    <span
      className={classes.frame}
      style={placeholder === undefined ? undefined : { backgroundImage: `url(${placeholder})` }}
    >
      {isWanted && sources.length > 0 && (
        <img
          key={attempt}
          className={classes.picture}
          data-loaded={isLoaded || undefined}
          alt=""
          sizes={`${width}px`}
          srcSet={srcSetOf(sources)}
          decoding="async"
          draggable={false}
          onLoad={() => setIsLoaded(true)}
          onError={() => setFailures((before) => before + 1)}
        />
      )}
    </span>
  )
}
