import { ActionIcon, type ActionIconProps } from '@mantine/core'
import { CircleUserRound } from 'lucide-react'
import type { ComponentProps } from 'react'
import { words } from '../words/index.ts'

export interface AccountMenuButtonProps
  extends ActionIconProps,
    Omit<ComponentProps<'button'>, keyof ActionIconProps> {
  username: string
}

/** What opens the menu; there before the menu itself is loaded. */
export function AccountMenuButton({ username, ...props }: AccountMenuButtonProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      radius="xl"
      aria-label={words.navigation.accountMenu(username)}
      {...props}
    >
      <CircleUserRound size={24} strokeWidth={1.7} aria-hidden />
    </ActionIcon>
  )
}
