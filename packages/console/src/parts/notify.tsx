import { notifications } from '@mantine/notifications'
import { explain } from './explain.ts'

/** Says that something was done. */
export function notifyDone(message: string): void {
  notifications.show({ message, color: 'teal' })
}

/** Says why something was not. */
export function notifyFailure(error: unknown): void {
  notifications.show({ message: explain(error), color: 'red', autoClose: 8000, role: 'alert' })
}
