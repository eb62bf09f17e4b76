import { Menu, useMantineColorScheme } from '@mantine/core'
import { BookOpen, CircleUserRound, LogOut } from 'lucide-react'
import { Link } from 'wouter'
import { notifyFailure } from '../parts/notify.tsx'
import { words } from '../words/index.ts'
import { AccountMenuButton } from './account-menu-button.tsx'
import { signOut, useUser } from './session.ts'

const SCHEMES = ['light', 'dark', 'auto'] as const

/** @param defaultOpened whether somebody has asked for it before it was there. */
export default function AccountMenu({ defaultOpened }: { defaultOpened: boolean }) {
  const { username } = useUser()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    // What the library focuses at first may not be in a menu (WAI-ARIA 1.2).
    <Menu position="bottom-end" width={260} defaultOpened={defaultOpened} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <AccountMenuButton username={username} />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{username}</Menu.Label>
        <Menu.Item component={Link} href="/account" leftSection={<CircleUserRound size={16} aria-hidden />}>
          {words.navigation.account}
        </Menu.Item>
        <Menu.Item component="a" href="/docs" leftSection={<BookOpen size={16} aria-hidden />}>
          {words.navigation.api}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label id="appearance">{words.navigation.theme}</Menu.Label>
        <div role="group" aria-labelledby="appearance">
          {SCHEMES.map((scheme) => (
            <Menu.RadioItem
              key={scheme}
              value={scheme}
              checked={colorScheme === scheme}
              onChange={() => setColorScheme(scheme)}
            >
              {words.navigation.themes[scheme]}
            </Menu.RadioItem>
          ))}
        </div>
        <Menu.Divider />
        <Menu.Item
          leftSection={<LogOut size={16} aria-hidden />}
          onClick={() => void signOut().catch(notifyFailure)}
        >
          {words.navigation.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
