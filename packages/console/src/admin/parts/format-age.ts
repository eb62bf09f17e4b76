import { adminWords } from '../../words/en-admin.ts'

const { seconds, minutes, hours, days } = adminWords.overview.duration

/** How long something has gone on, roughly; a dash for no time at all. */
export function formatAge(ageSeconds: number): string {
  if (ageSeconds <= 0) return '–'
  if (ageSeconds < 90) return seconds(Math.ceil(ageSeconds))
  if (ageSeconds < 90 * 60) return minutes(Math.round(ageSeconds / 60))
  if (ageSeconds < 48 * 3600) return hours(Math.round(ageSeconds / 3600))
  return days(Math.round(ageSeconds / 86_400))
}
