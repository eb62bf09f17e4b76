import { useUser } from '../app/session.ts'
import { Facts } from '../parts/facts.tsx'
import { formatDuration, formatLimit } from '../parts/format.ts'
import { Section } from '../parts/section.tsx'
import { words } from '../words/index.ts'

/** What my tier lets me get. */
export function Grants() {
  const { tier } = useUser()
  const { grants } = words.account
  const list = (items: readonly (string | number)[]) =>
    new Intl.ListFormat(words.language, { type: 'unit' }).format(items.map(String))
  return (
    <Section title={words.account.tier(tier.name)}>
      <Facts
        facts={[
          [
            grants.thumbnails,
            tier.thumbnailHeights.length === 0
              ? grants.noThumbnails
              : grants.heights(list(tier.thumbnailHeights.toSorted((a, b) => a - b))),
          ],
          [grants.original, tier.originalAccess ? grants.yes : grants.no],
          [
            grants.conversions,
            tier.conversionFormats.length === 0
              ? grants.none
              : list(tier.conversionFormats.map((format) => format.toUpperCase())),
          ],
          [
            grants.links,
            tier.linkAccess
              ? grants.linkRange(formatDuration(tier.linkMinSeconds), formatDuration(tier.linkMaxSeconds))
              : grants.no,
          ],
          [grants.largestFile, formatLimit(tier.maxUploadBytes)],
          [
            grants.largestPicture,
            grants.megapixels(Math.round(tier.maxPixels / 1e6).toLocaleString(words.language)),
          ],
        ]}
      />
    </Section>
  )
}
