import { Alert, AppShell, Burger, Drawer, NavLink, Text } from '@mantine/core'
import { useDisclosure, useNetwork } from '@mantine/hooks'
import { CircleUserRound, Images, type LucideIcon, ShieldCheck, WifiOff } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { useLiveImages } from '../images/live-images.ts'
import { UploadButton } from '../upload/upload-button.tsx'
import { UploadZone } from '../upload/upload-zone.tsx'
import { words } from '../words/index.ts'
import { AccountMenu } from './account-menu.tsx'
import { Logo } from './logo.tsx'
import { seesAdministration, useUser } from './session.ts'
import classes from './shell.module.css'

interface Place {
  href: string
  label: string
  icon: LucideIcon
}

/** What is around every page: where one can go, and who one is. */
export function Shell({ children }: { children: ReactNode }) {
  const [isMenuOpen, menu] = useDisclosure()
  const places = usePlaces()
  const { online } = useNetwork()
  useLiveImages()
  return (
    <AppShell header={{ height: 56 }} padding={0}>
      <a className={classes.skip} href="#content">
        {words.common.skipToContent}
      </a>
      <AppShell.Header className={classes.bar}>
        <Burger
          hiddenFrom="sm"
          size="sm"
          opened={isMenuOpen}
          onClick={menu.toggle}
          aria-label={words.navigation.menu}
        />
        <Link href="/" className={classes.brand}>
          <Logo size={28} />
          <Text fw={700} visibleFrom="xs">
            {words.product}
          </Text>
        </Link>
        <nav aria-label={words.navigation.label} className={classes.places}>
          {places.map((place) => (
            <PlaceLink key={place.href} {...place} />
          ))}
        </nav>
        <div className={classes.actions}>
          <UploadButton size="xs" />
        </div>
        <AccountMenu />
      </AppShell.Header>
      <Drawer
        opened={isMenuOpen}
        onClose={menu.close}
        title={words.product}
        size="xs"
        closeButtonProps={{ 'aria-label': words.common.close }}
      >
        <nav aria-label={words.navigation.label}>
          {places.map((place) => (
            <PlaceLink key={place.href} {...place} onClick={menu.close} />
          ))}
        </nav>
      </Drawer>
      <AppShell.Main id="content" tabIndex={-1} className={classes.main}>
        {!online && (
          <Alert color="yellow" radius={0} icon={<WifiOff size={18} aria-hidden />} role="status">
            {words.common.offline}
          </Alert>
        )}
        {children}
      </AppShell.Main>
      <UploadZone />
    </AppShell>
  )
}

function usePlaces(): Place[] {
  const user = useUser()
  return [
    { href: '/', label: words.navigation.gallery, icon: Images },
    { href: '/account', label: words.navigation.account, icon: CircleUserRound },
    ...(seesAdministration(user)
      ? [{ href: '/console', label: words.navigation.administration, icon: ShieldCheck }]
      : []),
  ]
}

function PlaceLink({ href, label, icon: Icon, onClick }: Place & { onClick?: () => void }) {
  const [location] = useLocation()
  const isHere =
    href === '/' ? location === '/' || location.startsWith('/images/') : location.startsWith(href)
  return (
    <NavLink
      component={Link}
      href={href}
      label={label}
      leftSection={<Icon size={18} aria-hidden />}
      active={isHere}
      aria-current={isHere ? 'page' : undefined}
      className={classes.place}
      onClick={onClick}
    />
  )
}
