import type { Property } from './heif-properties.ts'

/** Where the picture's x and y axes end up, with y pointing down: [x→x, y→x, x→y, y→y]. */
type Turn = readonly [number, number, number, number]

const UPRIGHT: Turn = [1, 0, 0, 1]
const QUARTER_ANTICLOCKWISE: Turn = [0, 1, -1, 0]
const TOP_TO_BOTTOM: Turn = [1, 0, 0, -1]
const LEFT_TO_RIGHT: Turn = [-1, 0, 0, 1]

/** The eight turns, each at its Exif number less one. */
const EXIF_TURNS = [
  '1,0,0,1',
  '-1,0,0,1',
  '-1,0,0,-1',
  '1,0,0,-1',
  '0,1,1,0',
  '0,-1,1,0',
  '0,-1,-1,0',
  '0,1,-1,0',
]

/**
 * The Exif orientation that says what a picture's rotations (anticlockwise) and
 * mirrorings do together, in their order, or undefined where it has none: ISO/IEC 23008-12 §6.5.10, §6.5.12,
 * which equates a mirror of axis 0 with Exif 4 and one of axis 1 with Exif 2.
 */
export function orientationOf(properties: readonly Property[]): number | undefined {
  if (!properties.some(({ kind }) => kind === 'rotation' || kind === 'mirror')) return undefined
  let turn = UPRIGHT
  for (const property of properties) {
    if (property.kind === 'mirror') turn = then(turn, property.axis === 0 ? TOP_TO_BOTTOM : LEFT_TO_RIGHT)
    if (property.kind !== 'rotation') continue
    for (let turns = 0; turns < property.quarterTurns; turns++) turn = then(turn, QUARTER_ANTICLOCKWISE)
  }
  return EXIF_TURNS.indexOf(turn.join()) + 1
}

function then([a, b, c, d]: Turn, [e, f, g, h]: Turn): Turn {
  // Adding 0 turns −0 into 0, which would print the same but is not worth relying on.
  return [e * a + f * c + 0, e * b + f * d + 0, g * a + h * c + 0, g * b + h * d + 0]
}
