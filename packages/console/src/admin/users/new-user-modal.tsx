import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { User } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useTiers } from '../parts/queries.ts'
import { choicesOf } from '../parts/use-filters.ts'
import { useSubmit } from '../parts/use-submit.ts'
import { PasswordField } from './password-field.tsx'

const w = adminWords.users

interface NewUserModalProps {
  isOpen: boolean
  onClose: () => void
}

interface Values {
  username: string
  email: string
  password: string
  tier: string | null
  role: User['role']
}

/** Closed by mistake, it opens again with what was typed. */
export function NewUserModal({ isOpen, onClose }: NewUserModalProps) {
  const { data: tiers = [] } = useTiers()
  const form = useForm<Values>({
    initialValues: { username: '', email: '', password: '', tier: null, role: 'user' },
  })
  const { submit, isPending, problem } = useSubmit(
    form,
    ({ username, email, password, tier, role }) =>
      client.admin.users.create({
        username,
        password,
        role,
        ...(email === '' ? {} : { email }),
        ...(tier === null ? {} : { tier }),
      }),
    ({ username }) => {
      notifyDone(w.created(username))
      form.reset()
      onClose()
    },
  )
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={w.new}
      centered
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      <form onSubmit={submit} noValidate autoComplete="off">
        <Stack>
          <FormProblem error={problem} />
          <TextInput
            label={w.username}
            description={w.usernameHint}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            {...form.getInputProps('username')}
          />
          <TextInput
            label={w.email}
            description={w.emailHint}
            type="email"
            autoComplete="off"
            {...form.getInputProps('email')}
          />
          <PasswordField
            description={w.passwordHint}
            {...form.getInputProps('password')}
            onGenerate={(password) => form.setFieldValue('password', password)}
          />
          <Select
            label={w.tier}
            data={tiers.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps('tier')}
            value={form.values.tier ?? tiers.find(({ isDefault }) => isDefault)?.id ?? null}
            allowDeselect={false}
          />
          <Select
            label={w.role}
            description={w.roleHints[form.values.role]}
            data={choicesOf(w.roles)}
            allowDeselect={false}
            {...form.getInputProps('role')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {words.common.cancel}
            </Button>
            <Button type="submit" loading={isPending}>
              {w.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
