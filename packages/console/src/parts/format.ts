import { words } from '../words/index.ts'

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const relative = new Intl.RelativeTimeFormat(words.language, { numeric: 'auto' })

const MIB = 1024 ** 2
const LIMIT_UNITS = [
  ['TiB', MIB * MIB],
  ['GiB', MIB * 1024],
  ['MiB', MIB],
] as const

/** 5 GiB: what a tier limits, in the unit that it was set in; what was set in none, as other sizes are. */
export function formatLimit(bytes: number): string {
  const found = LIMIT_UNITS.find(([, size]) => bytes > 0 && bytes % size === 0)
  if (found === undefined) return formatBytes(bytes)
  const [unit, size] = found
  return `${(bytes / size).toLocaleString(words.language)} ${unit}`
}

/** 1.5 MB: in powers of a thousand, as disks are sold. */
export function formatBytes(bytes: number): string {
  // The language's own word for it would be «0 byte».
  if (bytes < 1000) return `${bytes} B`
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return new Intl.NumberFormat(words.language, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value)
}

export const formatDate = (date: string) => dateTime.format(new Date(date))

const STEPS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** 5 minutes ago. */
export function formatAgo(date: string): string {
  const seconds = (Date.now() - Date.parse(date)) / 1000
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return relative.format(-Math.floor(seconds / length), unit)
  }
  return relative.format(0, 'minute')
}

/** 1:05:09, or 5:09 below an hour. */
export function formatCountdown(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  const padded = (value: number) => String(Math.floor(value)).padStart(2, '0')
  if (hours > 0) return `${hours}:${padded(minutes)}:${padded(seconds % 60)}`
  return `${minutes}:${padded(seconds % 60)}`
}

/** 5 hours, 8 hours 20 minutes: every unit of which there is some. */
export function formatDuration(seconds: number): string {
  const { hours, minutes, seconds: ofSeconds } = words.links.durations
  const parts = [
    { count: Math.floor(seconds / 3600), say: hours },
    { count: Math.floor((seconds % 3600) / 60), say: minutes },
    { count: seconds % 60, say: ofSeconds },
  ].filter(({ count }) => count > 0)
  return parts.length === 0 ? ofSeconds(0) : parts.map(({ count, say }) => say(count)).join(' ')
}
