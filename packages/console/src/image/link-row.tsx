import { ActionIcon, Button, Group, Modal, Text, Tooltip } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Link } from '@tintype/sdk'
import { QrCode } from 'lucide-react'
import { client } from '../app/client.ts'
import { targetLabel } from '../images/targets.ts'
import { ConfirmModal } from '../parts/confirm-modal.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { formatCountdown } from '../parts/format.ts'
import { notifyDone, notifyFailure } from '../parts/notify.tsx'
import { words } from '../words/index.ts'
import { QrImage } from './qr-image.tsx'
import classes from './renditions.module.css'
import { useSecondsLeft } from './use-seconds-left.ts'

export interface LinkRowProps {
  link: Link
  imageId: string
  /** When the server said how long it lives, by this machine's clock. */
  readAtMs: number
}

export function LinkRow({ link, imageId, readAtMs }: LinkRowProps) {
  const secondsLeft = useSecondsLeft(readAtMs + link.expiresIn * 1000)
  const [isQrOpen, qr] = useDisclosure()
  const [isAsking, question] = useDisclosure()
  const queries = useQueryClient()
  const revocation = useMutation({
    mutationFn: () => client.links.revoke(link.id),
    onSuccess() {
      notifyDone(words.links.revoked)
      void queries.invalidateQueries({ queryKey: ['links', imageId] })
    },
    onError: notifyFailure,
    onSettled: question.close,
  })
  const name = targetLabel(link.target)
  const notes = [
    secondsLeft > 0 ? words.links.left(formatCountdown(secondsLeft)) : words.links.ended,
    link.usesLeft !== undefined && words.links.usesLeft(link.usesLeft),
    link.hasPassword && words.links.hasPassword,
    link.filename,
  ].filter(Boolean)
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' }}>
          {notes.join(' · ')}
        </Text>
      </div>
      {secondsLeft > 0 && (
        <Group gap={4} wrap="nowrap">
          <CopyButton value={link.url} label={words.links.copy} />
          <Tooltip label={words.links.qr} withArrow>
            <ActionIcon variant="subtle" color="gray" onClick={qr.open} aria-label={words.links.qr}>
              <QrCode size={17} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <Button size="compact-sm" variant="subtle" color="red" onClick={question.open}>
            {words.links.revoke}
          </Button>
        </Group>
      )}
      <Modal
        opened={isQrOpen}
        onClose={qr.close}
        title={words.links.qrTitle}
        centered
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <QrImage text={link.url} />
      </Modal>
      <ConfirmModal
        isOpen={isAsking}
        title={words.links.revokeTitle}
        text={words.links.revokeText}
        action={words.links.revoke}
        isBusy={revocation.isPending}
        onConfirm={() => revocation.mutate()}
        onClose={question.close}
      />
    </li>
  )
}
