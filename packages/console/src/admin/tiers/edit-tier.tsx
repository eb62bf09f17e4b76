import { Button, Group, Stack, Text } from '@mantine/core'
import type { Tier, TierPreview } from '@tintype/sdk'
import { useState } from 'react'
import { client } from '../../app/client.ts'
import { notifyDone } from '../../parts/notify.tsx'
import { useUnsaved } from '../../parts/use-unsaved.ts'
import { adminWords } from '../../words/en-admin.ts'
import { FormProblem } from '../parts/form-problem.tsx'
import { useEditForm } from '../parts/use-edit-form.ts'
import { useSubmit } from '../parts/use-submit.ts'
import { PreviewModal } from './preview-modal.tsx'
import { TierFields } from './tier-fields.tsx'
import { fieldsOf, valuesOf } from './tier-values.ts'

const w = adminWords.tiers

/** An edit is looked at before it is saved: it acts on everybody who has the tier. */
export function EditTier({ tier }: { tier: Tier }) {
  const form = useEditForm(valuesOf(tier))
  const [preview, setPreview] = useState<TierPreview>()
  const changes = fieldsOf(form.values, valuesOf(tier))
  const hasChanges = Object.keys(changes).length > 0

  const look = useSubmit(form, () => client.admin.tiers.preview(tier.id, changes), setPreview)
  const save = useSubmit(
    form,
    () => client.admin.tiers.update(tier.id, changes),
    (saved) => {
      notifyDone(w.saved(saved.name))
      form.setValues(valuesOf(saved))
      setPreview(undefined)
      // What it sets going is shown above.
      window.scrollTo({ top: 0 })
    },
  )
  useUnsaved(hasChanges, adminWords.lists.unsaved)
  return (
    <form onSubmit={look.submit} noValidate>
      <Stack>
        <TierFields form={form} />
        <FormProblem error={look.problem} />
        <Group justify="flex-end">
          {!hasChanges && (
            <Text size="sm" c="dimmed">
              {w.noChange}
            </Text>
          )}
          <Button type="submit" loading={look.isPending} disabled={!hasChanges}>
            {w.preview}
          </Button>
        </Group>
      </Stack>
      <PreviewModal
        before={tier}
        preview={preview}
        problem={save.problem}
        isBusy={save.isPending}
        onSave={() => save.send(form.values)}
        onClose={() => setPreview(undefined)}
      />
    </form>
  )
}
