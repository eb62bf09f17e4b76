import { Alert, Button, Group, List, Modal, SimpleGrid, Stack, Text, ThemeIcon, Title } from '@mantine/core'
import type { Tier, TierPreview } from '@tintype/sdk'
import { Cog, Minus, Plus, TriangleAlert } from 'lucide-react'
import { adminWords } from '../../words/en-admin.ts'
import { words } from '../../words/index.ts'
import { ChangesTable } from '../parts/changes-table.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { formatTierField, TIER_FIELDS, type TierField } from '../parts/format-tier.ts'
import { describeTarget } from './describe-target.ts'

const w = adminWords.tiers

/** Those whose change is told by what is gained and lost. */
const TOLD_APART: TierField[] = ['thumbnailHeights', 'originalAccess', 'conversionFormats', 'linkAccess']

interface PreviewModalProps {
  before: Tier
  /** Shown where there is one. */
  preview: TierPreview | undefined
  /** Why it was not saved. */
  problem: unknown
  isBusy: boolean
  onSave: () => void
  onClose: () => void
}

/** What an edit gives and takes, before it is saved. */
export function PreviewModal({ before, preview, problem, isBusy, onSave, onClose }: PreviewModalProps) {
  return (
    <Modal
      opened={preview !== undefined}
      onClose={onClose}
      title={w.previewTitle(before.name)}
      size="lg"
      centered
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      {preview !== undefined && (
        <Stack>
          <Contents before={before} preview={preview} />
          <FormProblem error={problem} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {adminWords.forms.back}
            </Button>
            <Button onClick={onSave} loading={isBusy} data-autofocus>
              {w.save}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

function Contents({ before, preview }: { before: Tier; preview: TierPreview }) {
  const { tier, users, images, usersOverQuota, renditions, estimated } = preview
  const links = (isTold: boolean) => (isTold ? [w.links] : [])
  const others = TIER_FIELDS.filter(
    (field) => !TOLD_APART.includes(field) && JSON.stringify(before[field]) !== JSON.stringify(tier[field]),
  )
  return (
    <>
      <Text size="sm">{w.affected(users, images)}</Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Targets
          kind="gained"
          names={[...preview.gained.map(describeTarget), ...links(!before.linkAccess && tier.linkAccess)]}
        />
        <Targets
          kind="lost"
          names={[...preview.lost.map(describeTarget), ...links(before.linkAccess && !tier.linkAccess)]}
        />
      </SimpleGrid>
      {others.length > 0 && (
        <section>
          <Title order={3} size="h6" mb={6}>
            {w.limitsChange}
          </Title>
          <ChangesTable
            label={w.limitsChange}
            columns={[w.field, w.before, w.after]}
            changes={others.map((field) => ({
              name: w.fields[field],
              values: [formatTierField(field, before[field]), formatTierField(field, tier[field])],
            }))}
          />
        </section>
      )}
      {usersOverQuota > 0 && (
        <Alert color="yellow" variant="light" icon={<TriangleAlert size={18} aria-hidden />}>
          {w.overQuota(usersOverQuota)}
        </Alert>
      )}
      <Group gap="sm" wrap="nowrap">
        <Cog size={18} aria-hidden />
        <Text size="sm">{w.toMake(renditions, estimated)}</Text>
      </Group>
    </>
  )
}

const KINDS = {
  gained: { title: w.gain, none: w.gainNothing, colour: 'teal', icon: Plus },
  lost: { title: w.lose, none: w.loseNothing, colour: 'red', icon: Minus },
}

function Targets({ kind, names }: { kind: keyof typeof KINDS; names: string[] }) {
  const { title, none, colour, icon: Icon } = KINDS[kind]
  return (
    <section>
      <Title order={3} size="h6" mb={6}>
        {title}
      </Title>
      {names.length === 0 ? (
        <Text size="sm" c="dimmed">
          {none}
        </Text>
      ) : (
        <List
          size="sm"
          spacing={6}
          center
          icon={
            <ThemeIcon color={colour} variant="light" size={20} radius="xl">
              <Icon size={12} aria-hidden />
            </ThemeIcon>
          }
        >
          {names.map((name) => (
            <List.Item key={name}>{name}</List.Item>
          ))}
        </List>
      )}
    </section>
  )
}
