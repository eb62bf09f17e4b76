import { Modal, Stack, Text } from '@mantine/core'
import { words } from '../words/index.ts'
import { SignInForm } from './sign-in-form.tsx'

export interface SessionEndedProps {
  username: string
  isOpen: boolean
}

/** Over the page, which stays as it is. It is closed by signing in alone. */
export default function SessionEnded({ username, isOpen }: SessionEndedProps) {
  return (
    <Modal
      opened={isOpen}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={words.signIn.expiredTitle}
      centered
      zIndex={400}
    >
      <Stack>
        <Text size="sm">{words.signIn.expired}</Text>
        <SignInForm username={username} />
      </Stack>
    </Modal>
  )
}
