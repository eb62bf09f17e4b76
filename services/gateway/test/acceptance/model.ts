import fc from 'fast-check'

/** The heights and formats that are drawn from; small, so that rights overlap and collide often. */
const HEIGHTS = [40, 80, 120]
const FORMATS = ['jpeg', 'png', 'webp'] as const
const TARGETS = [
  'original',
  ...HEIGHTS.map((height) => `h${height}`),
  ...FORMATS.map((format) => `full.${format}`),
]

/** What matters of a tier here. */
export interface Grants {
  thumbnailHeights: number[]
  originalAccess: boolean
  conversionFormats: (typeof FORMATS)[number][]
  linkAccess: boolean
  generation: 'eager' | 'lazy'
}

/** One step. Numbers choose among what there is at that moment, modulo its count. */
export type Step =
  | { do: 'edit tier'; tier: number; grants: Grants }
  | { do: 'move user'; user: number; tier: number }
  | { do: 'upload'; user: number }
  /** By the image's owner, or by one of the users. */
  | { do: 'read'; by: 'owner' | number; image: number; target: string }
  | { do: 'look'; user: number; image: number }
  | { do: 'evict'; image: number; height: number }
  | { do: 'transfer'; image: number; user: number }
  | { do: 'delete'; image: number }
  | { do: 'make link'; image: number; target: string }
  | { do: 'visit'; link: number }

const index = fc.nat({ max: 1000 })
const reader = fc.oneof({ weight: 3, arbitrary: fc.constant('owner') }, { weight: 1, arbitrary: index })
const target = fc.constantFrom(...TARGETS)
const grants: fc.Arbitrary<Grants> = fc.record({
  thumbnailHeights: fc.subarray(HEIGHTS),
  originalAccess: fc.boolean(),
  conversionFormats: fc.subarray([...FORMATS]),
  linkAccess: fc.boolean(),
  generation: fc.constantFrom('eager', 'lazy'),
})

/** Reads and visits come most often: they are what the others are checked by. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('edit tier'), tier: index, grants }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('move user'), user: index, tier: index }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('upload'), user: index }) },
    { weight: 14, arbitrary: fc.record({ do: fc.constant('read'), by: reader, image: index, target }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('look'), user: index, image: index }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('evict'), image: index, height: fc.constantFrom(...HEIGHTS) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('transfer'), image: index, user: index }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), image: index }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('make link'), image: index, target }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('visit'), link: index }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 40, maxLength: 60 },
)

export interface ModelLink {
  imageId: string
  target: string
  url: string
  /** The image was deleted or changed hands since. */
  isOver: boolean
}

/** Who is in which tier, what a tier grants, whose an image is: all that decides what is served. */
export interface Model {
  tiers: Map<string, Grants>
  tierOf: Map<string, string>
  ownerOf: Map<string, string>
  links: ModelLink[]
}

export type Expected = 'granted' | 'not-granted' | 'not-there'

export function grantedBy(
  { thumbnailHeights, originalAccess, conversionFormats }: Grants,
  name: string,
): boolean {
  if (name === 'original') return originalAccess
  if (name.startsWith('full.')) return conversionFormats.some((format) => name === `full.${format}`)
  return thumbnailHeights.some((height) => name === `h${height}`)
}

export function grantsOf(model: Model, userId: string): Grants {
  const grants = model.tiers.get(model.tierOf.get(userId) ?? '')
  if (grants === undefined) throw new Error('the model lost a tier')
  return grants
}

/** What a user should get of an image. */
export function expectedOfRead(model: Model, userId: string, imageId: string, name: string): Expected {
  if (model.ownerOf.get(imageId) !== userId) return 'not-there'
  return grantedBy(grantsOf(model, userId), name) ? 'granted' : 'not-granted'
}

/** What anybody should get of a link. */
export function expectedOfVisit(model: Model, link: ModelLink): Expected {
  const owner = model.ownerOf.get(link.imageId)
  if (owner === undefined || link.isOver) return 'not-there'
  const grants = grantsOf(model, owner)
  return grants.linkAccess && grantedBy(grants, link.target) ? 'granted' : 'not-granted'
}
