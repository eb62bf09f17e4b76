import { Progress, Text } from '@mantine/core'
import type { Upload } from '../upload/upload.ts'
import { words } from '../words/index.ts'
import tile from './gallery-tile.module.css'
import frame from './thumbnail.module.css'

/** A picture on its way to the server, where it will be once it is there. */
export function UploadTile({ upload: { name, state, sentBytes, bytes } }: { upload: Upload }) {
  const percent = bytes === 0 ? 0 : Math.floor((sentBytes / bytes) * 100)
  return (
    <div role="gridcell" className={tile.tile}>
      <span className={frame.frame} />
      <span className={tile.state}>
        <Text size="sm" component="span" c="dimmed">
          {state === 'sending'
            ? `${percent} %`
            : state === 'paused'
              ? words.upload.paused
              : words.gallery.queued}
        </Text>
        <Progress value={percent} size="sm" w="60%" aria-label={words.upload.fileProgress(name)} />
      </span>
      <span className={tile.name} title={name}>
        {name}
      </span>
    </div>
  )
}
