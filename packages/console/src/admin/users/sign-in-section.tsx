import { Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { User } from '@tintype/sdk'
import { KeyRound, Trash2, UserRoundCheck, UserRoundX } from 'lucide-react'
import { useLocation } from 'wouter'
import { client } from '../../app/client.ts'
import { ConfirmModal } from '../../parts/confirm-modal.tsx'
import { Section } from '../../parts/section.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { useAction } from '../parts/use-action.ts'
import { ResetPasswordModal } from './reset-password-modal.tsx'

const w = adminWords.users

/** Whether and how somebody signs in, and the end of them. */
export function SignInSection({ user }: { user: User }) {
  const { id, username, disabled } = user
  const [, navigate] = useLocation()
  const [isDisabling, disabling] = useDisclosure()
  const [isResetting, resetting] = useDisclosure()
  const [isDeleting, deleting] = useDisclosure()
  const setDisabled = useAction((disabled: boolean) => client.admin.users.update(id, { disabled }), {
    done: ({ disabled }) => (disabled ? w.wasDisabled(username) : w.wasEnabled(username)),
    onDone: disabling.close,
  })
  const remove = useAction(() => client.admin.users.delete(id), {
    done: () => w.deleted(username),
    onDone: () => navigate('/users'),
  })
  return (
    <Section title={w.signIn}>
      <Group gap="xs">
        <Button variant="default" leftSection={<KeyRound size={16} aria-hidden />} onClick={resetting.open}>
          {w.resetPassword}
        </Button>
        {disabled ? (
          <Button
            variant="default"
            leftSection={<UserRoundCheck size={16} aria-hidden />}
            loading={setDisabled.isPending}
            onClick={() => setDisabled.mutate(false)}
          >
            {w.enable}
          </Button>
        ) : (
          <Button
            variant="default"
            leftSection={<UserRoundX size={16} aria-hidden />}
            onClick={disabling.open}
          >
            {w.disable}
          </Button>
        )}
        <Button
          variant="light"
          color="red"
          leftSection={<Trash2 size={16} aria-hidden />}
          onClick={deleting.open}
        >
          {w.delete}
        </Button>
      </Group>
      <ResetPasswordModal user={user} isOpen={isResetting} onClose={resetting.close} />
      <ConfirmModal
        isOpen={isDisabling}
        title={w.disableTitle(username)}
        text={w.disableText}
        action={w.disable}
        isBusy={setDisabled.isPending}
        onConfirm={() => setDisabled.mutate(true)}
        onClose={disabling.close}
      />
      <ConfirmModal
        isOpen={isDeleting}
        title={w.deleteTitle(username)}
        text={w.deleteText(user.usage.images)}
        action={w.delete}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={deleting.close}
      />
    </Section>
  )
}
