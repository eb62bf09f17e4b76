import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import type { Tier } from '@tintype/sdk'
import { Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { client } from '../../app/client.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useTiers } from '../parts/queries.ts'
import { useSubmit } from '../parts/use-submit.ts'

const w = adminWords.tiers

/** A tier goes only where nobody has it any more: whoever does gets another one with it. */
export function DeleteTier({ tier }: { tier: Tier }) {
  const [, navigate] = useLocation()
  const [isOpen, { open, close }] = useDisclosure()
  const { data: tiers = [] } = useTiers()
  const users = tiers.find(({ id }) => id === tier.id)?.users ?? 0
  const form = useForm<{ moveTo: string | null }>({ initialValues: { moveTo: null } })
  const { submit, isPending, problem } = useSubmit(
    form,
    ({ moveTo }) => client.admin.tiers.delete(tier.id, moveTo === null ? {} : { moveTo }),
    () => {
      notifyDone(w.deleted(tier.name))
      navigate('/tiers')
    },
  )
  return (
    <>
      <Button variant="light" color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={open}>
        {w.delete}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        title={w.deleteTitle(tier.name)}
        centered
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <form onSubmit={submit} noValidate>
          <Stack>
            <Text size="sm">
              {tier.isDefault ? w.isDefault : users === 0 ? w.deleteUnused : w.deleteUsed(users)}
            </Text>
            {users > 0 && !tier.isDefault && (
              <Select
                label={w.moveTo}
                data={tiers
                  .filter(({ id }) => id !== tier.id)
                  .map(({ id, name }) => ({ value: id, label: name }))}
                {...form.getInputProps('moveTo')}
              />
            )}
            <FormProblem error={problem} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {words.common.cancel}
              </Button>
              <Button type="submit" color="red" loading={isPending} disabled={tier.isDefault}>
                {w.delete}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}
