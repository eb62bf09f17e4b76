import { Badge, Button, Group, Stack } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useQuery } from '@tanstack/react-query'
import type { Tier } from '@tintype/sdk'
import { useLocation } from 'wouter'
import { client } from '../../app/client.ts'
import { Facts } from '../../parts/facts.tsx'
import { notifyDone } from '../../parts/notify.tsx'
import { Section } from '../../parts/section.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { formatTierField, TIER_FIELDS } from '../parts/format-tier.ts'
import { OneState } from '../parts/one-state.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { RowLink } from '../parts/row-link.tsx'
import { useCanChange } from '../parts/use-can-change.ts'
import { useSubmit } from '../parts/use-submit.ts'
import { DeleteTier } from './delete-tier.tsx'
import { EditTier } from './edit-tier.tsx'
import { ReconcileProgress } from './reconcile-progress.tsx'
import { TierFields } from './tier-fields.tsx'
import { fieldsOf, NEW_TIER_VALUES, type TierValues } from './tier-values.ts'

const w = adminWords.tiers
const BACK = { href: '/tiers', label: w.toList }

export function TierPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: ['admin', 'tiers', id], queryFn: () => client.admin.tiers.get(id) })
  return (
    <OneState query={query} notFound={w.notFound} back={BACK}>
      {(tier) => <OneTier tier={tier} />}
    </OneState>
  )
}

function OneTier({ tier }: { tier: Tier }) {
  const canChange = useCanChange()
  return (
    <>
      <PageHead
        title={tier.name}
        back={BACK}
        badges={tier.isDefault && <Badge variant="light">{w.default}</Badge>}
        actions={
          <>
            <RowLink href={`/users?tier=${encodeURIComponent(tier.name)}`}>{w.showUsers}</RowLink>
            {canChange && <DeleteTier tier={tier} />}
          </>
        }
      />
      <Stack maw={760}>
        <ReconcileProgress tier={tier} />
        {canChange ? (
          <EditTier tier={tier} />
        ) : (
          <Section title={w.grants}>
            <Facts
              facts={TIER_FIELDS.filter((field) => field !== 'name').map((field) => [
                w.fields[field],
                formatTierField(field, tier[field]),
              ])}
            />
          </Section>
        )}
      </Stack>
    </>
  )
}

export function NewTierPage() {
  const [, navigate] = useLocation()
  const form = useForm<TierValues>({ initialValues: NEW_TIER_VALUES })
  const { submit, isPending, problem } = useSubmit(
    form,
    (values) => client.admin.tiers.create(fieldsOf(values, undefined)),
    ({ id, name }) => {
      notifyDone(w.created(name))
      navigate(`/tiers/${id}`, { replace: true })
    },
  )
  return (
    <>
      <PageHead title={w.newTitle} back={BACK} />
      <form onSubmit={submit} noValidate>
        <Stack maw={760}>
          <TierFields form={form} />
          <FormProblem error={problem} />
          <Group justify="flex-end">
            <Button type="submit" loading={isPending}>
              {w.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  )
}
