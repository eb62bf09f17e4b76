import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { words } from '../words/index.ts'

export interface ConfirmModalProps {
  isOpen: boolean
  title: string
  text: string
  /** What the button that does it says. */
  action: string
  isBusy?: boolean
  onConfirm: () => void
  onClose: () => void
  /** Once it is out of sight. */
  onClosed?: () => void
}

/** Asks before what cannot be undone. */
export function ConfirmModal({
  isOpen,
  title,
  text,
  action,
  isBusy,
  onConfirm,
  onClose,
  onClosed,
}: ConfirmModalProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onExitTransitionEnd={onClosed}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': words.common.close }}
    >
      <Stack>
        <Text size="sm">{text}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button color="red" onClick={onConfirm} loading={isBusy} data-autofocus>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
