/** A media range of an Accept header with its weight (RFC 9110 §12.5.1). */
interface MediaRange {
  type: string
  weight: number
}

function rangesOf(accept: string): MediaRange[] {
  return accept.split(',').map((entry) => {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
    const weight = Number(
      /^q=([01](?:\.\d{0,3})?)$/.exec(parameters.find((one) => one.startsWith('q=')) ?? '')?.[1] ?? 1,
    )
    return { type, weight }
  })
}

function weightOf(ranges: MediaRange[], fits: (type: string) => boolean): number {
  return Math.max(0, ...ranges.filter(({ type }) => fits(type)).map(({ weight }) => weight))
}

/**
 * Whether a caller would rather have a description than the picture: only one
 * who names JSON and likes it better than any picture. `application/json, *\/*`,
 * which some clients send with every request, gets the picture.
 */
export function prefersJson(accept: string | undefined): boolean {
  const ranges = rangesOf(accept ?? '')
  const json = weightOf(ranges, (type) => type === 'application/json')
  return json > weightOf(ranges, (type) => type === '*/*' || type.startsWith('image/'))
}

/** Whether a caller says that they can read WebP. `image/*` says nothing of it. */
export function acceptsWebp(accept: string | undefined): boolean {
  return weightOf(rangesOf(accept ?? ''), (type) => type === 'image/webp') > 0
}
