import {
  Gauge,
  Images,
  Link2,
  ListOrdered,
  type LucideIcon,
  ScrollText,
  SlidersHorizontal,
  Users,
} from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { adminWords } from '../words/en-admin.ts'
import classes from './navigation.module.css'

const { places } = adminWords
const PLACES: [href: string, label: string, icon: LucideIcon][] = [
  ['/', places.overview, Gauge],
  ['/users', places.users, Users],
  ['/tiers', places.tiers, SlidersHorizontal],
  ['/images', places.images, Images],
  ['/links', places.links, Link2],
  ['/audit', places.audit, ScrollText],
  ['/queues', places.queues, ListOrdered],
]

/** Between the pages of the administration; on a phone it scrolls sideways. */
export function Navigation() {
  const [location] = useLocation()
  const bar = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: where one is, is seen whenever one comes there.
  useEffect(() => {
    bar.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [location])
  return (
    <nav ref={bar} aria-label={adminWords.navigation} className={classes.bar}>
      {PLACES.map(([href, label, Icon]) => {
        const isHere = href === '/' ? location === '/' : location === href || location.startsWith(`${href}/`)
        return (
          <Link key={href} href={href} className={classes.place} aria-current={isHere ? 'page' : undefined}>
            <Icon size={16} aria-hidden />
            {label}
          </Link>
        )
      })}
    </nav>
  )
}
