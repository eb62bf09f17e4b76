import { Checkbox, Loader, Text } from '@mantine/core'
import { ImageOff } from 'lucide-react'
import { memo } from 'react'
import { Link } from 'wouter'
import type { Tile } from '../images/tile.ts'
import { words } from '../words/index.ts'
import classes from './gallery-tile.module.css'
import { Thumbnail, type ThumbnailProps } from './thumbnail.tsx'

export interface GalleryTileProps extends ThumbnailProps {
  isSelected: boolean
  /** Whether the Tab key comes to it: one tile of the grid is its door. */
  isDoor: boolean
  onToggle: (id: string) => void
  onFocus: (id: string) => void
}

export const domIdOf = (imageId: string) => `tile-${imageId}`

export const GalleryTile = memo(function GalleryTile(props: GalleryTileProps) {
  const { tile, isSelected, isDoor, onToggle, onFocus } = props
  return (
    <div role="gridcell" aria-selected={isSelected} className={classes.tile}>
      <Link
        id={domIdOf(tile.id)}
        href={`/images/${tile.id}`}
        className={classes.open}
        aria-label={[words.gallery.open(tile.name), stateOf(tile)].filter(Boolean).join(', ')}
        title={tile.reason}
        tabIndex={isDoor ? 0 : -1}
        onFocus={() => onFocus(tile.id)}
      >
        <Thumbnail tile={tile} side={props.side} isRushing={props.isRushing} />
        <span className={classes.name} title={tile.name}>
          {tile.name}
        </span>
      </Link>
      {tile.state !== 'ready' && <StateMark isFailed={tile.state === 'failed'} />}
      <Checkbox
        className={classes.check}
        checked={isSelected}
        onChange={() => onToggle(tile.id)}
        aria-label={words.gallery.select(tile.name)}
        tabIndex={-1}
      />
    </div>
  )
})

const stateOf = ({ state, reason }: Tile) =>
  state === 'pending'
    ? words.gallery.processing
    : state === 'failed' && [words.gallery.failed, reason].join(': ')

/** Over the link, and no part of its text: its name says it in words. */
function StateMark({ isFailed }: { isFailed: boolean }) {
  return (
    <span className={classes.state} aria-hidden>
      {isFailed ? <ImageOff size={26} strokeWidth={1.6} aria-hidden /> : <Loader size={22} aria-hidden />}
      <Text size="sm" component="span" c={isFailed ? undefined : 'dimmed'}>
        {isFailed ? words.gallery.failed : words.gallery.processing}
      </Text>
    </span>
  )
}
