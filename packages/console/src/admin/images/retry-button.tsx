import { Button, type ButtonProps } from '@mantine/core'
import type { AdminImage } from '@tintype/sdk'
import { RotateCcw } from 'lucide-react'
import { client } from '../../app/client.ts'
import { nameOf } from '../../images/tile.ts'
import { adminWords } from '../../words/en-admin.ts'
import { useAction } from '../parts/use-action.ts'

const w = adminWords.images

export function RetryButton({
  image,
  size,
}: {
  image: Pick<AdminImage, 'id' | 'title' | 'filename'>
  size?: ButtonProps['size']
}) {
  const retry = useAction(() => client.admin.images.retry(image.id), { done: () => w.retried(nameOf(image)) })
  return (
    <Button
      variant="default"
      {...(size === undefined ? {} : { size })}
      leftSection={<RotateCcw size={14} aria-hidden />}
      aria-label={w.retryOf(nameOf(image))}
      loading={retry.isPending}
      onClick={() => retry.mutate()}
    >
      {w.retry}
    </Button>
  )
}
