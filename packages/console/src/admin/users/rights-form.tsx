import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { User } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useTiers } from '../parts/queries.ts'
import { choicesOf } from '../parts/use-filters.ts'
import { useSubmit } from '../parts/use-submit.ts'

const w = adminWords.users

/** Which tier and role a user has, and how they are reached. Only what was changed is sent. */
export function RightsForm({ user }: { user: User }) {
  const { data: tiers = [user.tier] } = useTiers()
  const form = useForm({
    initialValues: { tier: user.tier.id, role: user.role, email: user.email ?? '' },
  })
  const { submit, isPending, problem } = useSubmit(
    form,
    ({ tier, role, email }) =>
      client.admin.users.update(user.id, {
        ...(tier === user.tier.id ? {} : { tier }),
        ...(role === user.role ? {} : { role }),
        ...(email === (user.email ?? '') ? {} : { email: email === '' ? null : email }),
      }),
    () => {
      notifyDone(adminWords.forms.saved)
      form.resetDirty()
    },
  )
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <FormProblem error={problem} />
        <Select
          label={w.tier}
          data={tiers.map(({ id, name }) => ({ value: id, label: name }))}
          allowDeselect={false}
          {...form.getInputProps('tier')}
        />
        <Select
          label={w.role}
          description={w.roleHints[form.values.role]}
          data={choicesOf(w.roles)}
          allowDeselect={false}
          {...form.getInputProps('role')}
        />
        <TextInput
          label={w.email}
          description={w.emailHint}
          type="email"
          autoComplete="off"
          {...form.getInputProps('email')}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={isPending} disabled={!form.isDirty()}>
            {adminWords.forms.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
