import { Alert, Text } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { CircleUserRound, Images, type LucideIcon, ShieldCheck, WifiOff } from 'lucide-react'
import { lazy, type ReactNode, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useLiveImages } from '../images/live-images.ts'
import { OnDemand } from '../parts/on-demand.tsx'
import { UploadButton } from '../upload/upload-button.tsx'
import { UploadZone } from '../upload/upload-zone.tsx'
import { words } from '../words/index.ts'
import { AccountMenuButton } from './account-menu-button.tsx'
import { Logo } from './logo.tsx'
import { seesAdministration, useUser } from './session.ts'
import classes from './shell.module.css'

const AccountMenu = lazy(() => import('./account-menu.tsx'))

interface Place {
  href: string
  label: string
  icon: LucideIcon
}

/** What is around every page: where one can go, and who one is. */
export function Shell({ children }: { children: ReactNode }) {
  const user = useUser()
  const { online } = useNetwork()
  const content = useContentFocus()
  const [wantsMenu, setWantsMenu] = useState(false)
  useLiveImages()
  return (
    <>
      <a className={classes.skip} href="#content">
        {words.common.skipToContent}
      </a>
      <header className={classes.bar}>
        <Link href="/" className={classes.brand} aria-label={words.product}>
          <Logo size={28} />
          <Text fw={700} visibleFrom="sm">
            {words.product}
          </Text>
        </Link>
        <nav aria-label={words.navigation.label} className={classes.places}>
          {placesOf(seesAdministration(user)).map((place) => (
            <PlaceLink key={place.href} {...place} />
          ))}
        </nav>
        <UploadButton size="xs" />
        <OnDemand
          fallback={<AccountMenuButton username={user.username} onClick={() => setWantsMenu(true)} />}
        >
          <AccountMenu defaultOpened={wantsMenu} />
        </OnDemand>
      </header>
      <main ref={content} id="content" tabIndex={-1} className={classes.main}>
        {!online && (
          <Alert color="yellow" radius={0} icon={<WifiOff size={18} aria-hidden />} role="status">
            {words.common.offline}
          </Alert>
        )}
        {children}
      </main>
      <UploadZone />
    </>
  )
}

/** Who comes to another page is at its beginning, by keyboard and screen reader too. */
function useContentFocus() {
  const content = useRef<HTMLElement>(null)
  const [location] = useLocation()
  const shown = useRef(location)
  useEffect(() => {
    if (location === shown.current) return
    shown.current = location
    content.current?.focus({ preventScroll: true })
  }, [location])
  return content
}

function placesOf(withAdministration: boolean): Place[] {
  return [
    { href: '/', label: words.navigation.gallery, icon: Images },
    { href: '/account', label: words.navigation.account, icon: CircleUserRound },
    ...(withAdministration
      ? [{ href: '/console', label: words.navigation.administration, icon: ShieldCheck }]
      : []),
  ]
}

/** On a phone its icon alone is seen. */
function PlaceLink({ href, label, icon: Icon }: Place) {
  const [location] = useLocation()
  const isHere =
    href === '/' ? location === '/' || location.startsWith('/images/') : location.startsWith(href)
  return (
    <Link href={href} className={classes.place} aria-current={isHere ? 'page' : undefined} title={label}>
      <Icon size={19} aria-hidden />
      <span className={classes.label}>{label}</span>
    </Link>
  )
}
