import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import type { Image } from '@tintype/sdk'
import { Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { client } from '../app/client.ts'
import { dropImages } from '../images/gallery-query.ts'
import { ConfirmModal } from '../parts/confirm-modal.tsx'
import { notifyDone, notifyFailure } from '../parts/notify.tsx'
import { words } from '../words/index.ts'

export function DeleteImage({ image: { id } }: { image: Image }) {
  const [isAsking, question] = useDisclosure()
  const [, navigate] = useLocation()
  const deletion = useMutation({
    mutationFn: () => client.images.delete(id),
    onSuccess() {
      dropImages(new Set([id]))
      notifyDone(words.gallery.deleted(1))
      navigate('/')
    },
    onError: notifyFailure,
  })
  return (
    <>
      <Button
        variant="subtle"
        color="red"
        leftSection={<Trash2 size={16} aria-hidden />}
        aria-label={words.image.delete}
        onClick={question.open}
        style={{ flex: 'none' }}
      >
        {words.common.delete}
      </Button>
      <ConfirmModal
        isOpen={isAsking}
        title={words.gallery.deleteTitle(1)}
        text={words.gallery.deleteText}
        action={words.common.delete}
        isBusy={deletion.isPending}
        onConfirm={() => deletion.mutate()}
        onClose={question.close}
      />
    </>
  )
}
