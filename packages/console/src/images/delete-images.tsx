import { useMutation } from '@tanstack/react-query'
import { client } from '../app/client.ts'
import { ConfirmModal } from '../parts/confirm-modal.tsx'
import { notifyDone, notifyFailure } from '../parts/notify.tsx'
import { words } from '../words/index.ts'
import { dropImages } from './gallery-query.ts'

export interface DeleteImagesProps {
  ids: string[]
  /** Switched, and not left out while closed: what had the focus gets it back. */
  isOpen: boolean
  onDeleted: (ids: string[]) => void
  onClose: () => void
  onClosed?: () => void
}

/** Asks, deletes, and says so. */
export default function DeleteImages({ ids, isOpen, onDeleted, onClose, onClosed }: DeleteImagesProps) {
  const deletion = useMutation({
    mutationFn: () => client.images.deleteMany(ids),
    onSuccess() {
      // Those that were not found are gone as well.
      dropImages(new Set(ids))
      notifyDone(words.gallery.deleted(ids.length))
      onDeleted(ids)
    },
    onError: notifyFailure,
    onSettled: onClose,
  })
  return (
    <ConfirmModal
      isOpen={isOpen}
      title={words.gallery.deleteTitle(ids.length)}
      text={words.gallery.deleteText}
      action={words.common.delete}
      isBusy={deletion.isPending}
      onConfirm={() => deletion.mutate()}
      onClose={onClose}
      onClosed={onClosed}
    />
  )
}
