import { Alert, Button, SimpleGrid, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { AdminImage } from '@tintype/sdk'
import { ArrowRightLeft, Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { client } from '../../app/client.ts'
import { targetLabel } from '../../images/targets.ts'
import { nameOf } from '../../images/tile.ts'
import { ConfirmModal } from '../../parts/confirm-modal.tsx'
import { Facts } from '../../parts/facts.tsx'
import { formatBytes, formatDate } from '../../parts/format.ts'
import { Section } from '../../parts/section.tsx'
import { adminWords } from '../../words/en-admin.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { OneState } from '../parts/one-state.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { RowLink } from '../parts/row-link.tsx'
import { StateBadge } from '../parts/state-badge.tsx'
import { useAction } from '../parts/use-action.ts'
import { useCanChange } from '../parts/use-can-change.ts'
import { RetryButton } from './retry-button.tsx'
import { TransferModal } from './transfer-modal.tsx'

const w = adminWords.images
const BACK = { href: '/images', label: w.toList }

/** How often a picture that is being processed is looked at, in milliseconds. */
const REFRESH_MS = 2000

export function ImagePage({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ['admin', 'images', id],
    queryFn: () => client.admin.images.get(id),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isPending(data) ? REFRESH_MS : false),
  })
  return (
    <OneState query={query} notFound={w.notFound} back={BACK}>
      {(image) => <OneImage image={image} />}
    </OneState>
  )
}

const isPending = ({ state, renditions }: AdminImage) =>
  state === 'pending' || renditions.some((rendition) => rendition.state === 'pending')

/** Of a thumbnail there is a second one, for browsers that take WebP. */
const renditionLabel = (name: string) =>
  name.startsWith('h') && name.endsWith('.webp')
    ? w.webpOf(targetLabel(name.slice(0, -'.webp'.length)))
    : targetLabel(name)

type Rendition = AdminImage['renditions'][number]
const COLUMNS: Column<Rendition>[] = [
  { name: 'name', label: w.rendition, render: ({ name }) => renditionLabel(name) },
  {
    name: 'state',
    label: w.state,
    render: ({ state, error }) => (
      <>
        <StateBadge state={state} />
        {error !== undefined && (
          <Text size="xs" c="dimmed" mt={4}>
            {error.message}
          </Text>
        )}
      </>
    ),
  },
  {
    name: 'size',
    label: w.size,
    kind: 'number',
    render: ({ width, height }) =>
      width === undefined || height === undefined ? '–' : w.dimensions(width, height),
  },
  {
    name: 'bytes',
    label: w.bytes,
    kind: 'number',
    render: ({ bytes }) => (bytes === undefined ? '–' : formatBytes(bytes)),
  },
]

function OneImage({ image }: { image: AdminImage }) {
  const canChange = useCanChange()
  const { id, owner, state, error, renditions } = image
  return (
    <>
      <PageHead
        title={nameOf(image)}
        back={BACK}
        badges={<StateBadge state={state} />}
        actions={canChange && <Actions image={image} />}
      />
      <Stack>
        {error !== undefined && (
          <Alert color="red" variant="light">
            {error.message}
          </Alert>
        )}
        <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
          <Section title={w.details}>
            <Facts
              facts={[
                [
                  w.owner,
                  <RowLink key="owner" href={`/users/${owner.id}`}>
                    {owner.username}
                  </RowLink>,
                ],
                [w.file, image.filename],
                [w.format, image.format.toUpperCase()],
                [w.size, w.dimensions(image.width, image.height)],
                [w.bytes, formatBytes(image.bytes)],
                [w.uploaded, formatDate(image.uploadedAt)],
                [w.attempts, image.attempts],
              ]}
            />
            <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {w.id} {id}
              <br />
              {w.sha256} {image.sha256}
            </Text>
            <Text size="sm">
              <RowLink href={`/links?image=${id}`}>{w.links}</RowLink>
              {' · '}
              <RowLink href={`/audit?subject=${id}`}>{w.changes}</RowLink>
            </Text>
          </Section>
          <Section title={w.renditions}>
            {renditions.length === 0 ? (
              <Text size="sm" c="dimmed">
                {w.noRenditions}
              </Text>
            ) : (
              <DataTable
                label={w.renditions}
                columns={COLUMNS}
                items={renditions}
                keyOf={({ name }) => name}
              />
            )}
            <Text size="xs" c="dimmed">
              {w.notShown}
            </Text>
          </Section>
        </SimpleGrid>
      </Stack>
    </>
  )
}

function Actions({ image }: { image: AdminImage }) {
  const { id, state, renditions } = image
  const name = nameOf(image)
  const [, navigate] = useLocation()
  const [isGiving, giving] = useDisclosure()
  const [isDeleting, deleting] = useDisclosure()
  const remove = useAction(() => client.admin.images.delete(id), {
    done: () => w.deleted(name),
    onDone: () => navigate('/images'),
  })
  const hasFailed = state === 'failed' || renditions.some((rendition) => rendition.state === 'failed')
  return (
    <>
      {hasFailed && <RetryButton image={image} />}
      <Button variant="default" leftSection={<ArrowRightLeft size={16} aria-hidden />} onClick={giving.open}>
        {w.transfer}
      </Button>
      <Button
        variant="light"
        color="red"
        leftSection={<Trash2 size={16} aria-hidden />}
        onClick={deleting.open}
      >
        {w.delete}
      </Button>
      <TransferModal image={image} isOpen={isGiving} onClose={giving.close} />
      <ConfirmModal
        isOpen={isDeleting}
        title={w.deleteTitle(name)}
        text={w.deleteText}
        action={w.delete}
        isBusy={remove.isPending}
        onConfirm={() => remove.mutate()}
        onClose={deleting.close}
      />
    </>
  )
}
