import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import type { User } from '@tintype/sdk'
import { client } from '../../app/client.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useTiers } from '../parts/queries.ts'
import { changesOf, useEditForm } from '../parts/use-edit-form.ts'
import { choicesOf } from '../parts/use-filters.ts'
import { useSubmit } from '../parts/use-submit.ts'

const w = adminWords.users

interface Rights {
  tier: string
  role: User['role']
  email: string
}

const rightsOf = ({ tier, role, email }: User): Rights => ({ tier: tier.id, role, email: email ?? '' })

/** Which tier and role a user has, and how they are reached. Only what was changed is sent. */
export function RightsForm({ user }: { user: User }) {
  const { data: tiers = [user.tier] } = useTiers()
  const form = useEditForm(rightsOf(user))
  const changes = changesOf(form.values, rightsOf(user))
  const { submit, isPending, problem } = useSubmit(
    form,
    () =>
      client.admin.users.update(user.id, {
        ...changes,
        ...(changes.email === '' ? { email: null } : {}),
      }),
    (saved) => {
      notifyDone(adminWords.forms.saved)
      form.setValues(rightsOf(saved))
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
          <Button type="submit" loading={isPending} disabled={Object.keys(changes).length === 0}>
            {adminWords.forms.save}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
