import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { AdminImage } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { nameOf } from '../../images/tile.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { UserPicker } from '../parts/user-picker.tsx'

const w = adminWords.images

interface TransferModalProps {
  image: AdminImage
  isOpen: boolean
  onClose: () => void
}

export function TransferModal({ image, isOpen, onClose }: TransferModalProps) {
  const form = useForm<{ owner: string | null }>({ initialValues: { owner: null } })
  const { submit, isPending, problem } = useSubmit(
    form,
    ({ owner }) => client.admin.images.transfer(image.id, owner ?? ''),
    (given) => {
      notifyDone(w.transferred(nameOf(given), given.owner.username))
      form.reset()
      onClose()
    },
  )
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={w.transferTitle(nameOf(image))}
      centered
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">{w.transferText}</Text>
          <FormProblem error={problem} />
          <UserPicker label={w.newOwner} data-autofocus {...form.getInputProps('owner')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {words.common.cancel}
            </Button>
            <Button type="submit" loading={isPending} disabled={form.values.owner === null}>
              {w.transfer}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
