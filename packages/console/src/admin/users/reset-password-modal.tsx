import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { User } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { PasswordField } from './password-field.tsx'

const w = adminWords.users

interface ResetPasswordModalProps {
  user: User
  isOpen: boolean
  onClose: () => void
}

export function ResetPasswordModal({ user, isOpen, onClose }: ResetPasswordModalProps) {
  const form = useForm({ initialValues: { password: '' } })
  const { submit, isPending, problem } = useSubmit(
    form,
    ({ password }) => client.admin.users.setPassword(user.id, password),
    () => {
      notifyDone(w.wasReset(user.username))
      form.reset()
      onClose()
    },
  )
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={w.resetTitle(user.username)}
      centered
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <Text size="sm">{w.resetText}</Text>
          <FormProblem error={problem} />
          <PasswordField
            data-autofocus
            {...form.getInputProps('password')}
            onGenerate={(password) => form.setFieldValue('password', password)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {words.common.cancel}
            </Button>
            <Button type="submit" loading={isPending}>
              {w.resetPassword}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
