import { notifications } from '@mantine/notifications'
import { words } from '../words/index.ts'
import { explain } from './explain.ts'

const closeButtonProps = { 'aria-label': words.common.close }

/** Says that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal', closeButtonProps })
}

/** Says why something was not. */
export function notifyFailure(error: unknown): void {
  notifications.show({
    message: explain(error),
    color: 'red',
    autoClose: 8000,
    role: 'alert',
    closeButtonProps,
  })
}

/** Says that a part of the program could not be loaded, as without a connection or after an update of the server. */
export const notifyMissingPart = () => notifyFailure(new Error(words.common.missingPart))
