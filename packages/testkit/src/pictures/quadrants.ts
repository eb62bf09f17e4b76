import type { RawPicture } from './raw-picture.ts'

export type Rgb = readonly [red: number, green: number, blue: number]

export interface Quadrants {
  topLeft: Rgb
  topRight: Rgb
  bottomLeft: Rgb
  bottomRight: Rgb
}

/** Four sRGB colours that are told apart at a glance and that print inks can reach, so that CMYK keeps them. */
export const QUADRANTS: Quadrants = {
  topLeft: [180, 60, 50],
  topRight: [60, 130, 80],
  bottomLeft: [60, 80, 150],
  bottomRight: [210, 190, 90],
}

export const QUADRANTS_SIZE: { width: number; height: number } = { width: 96, height: 64 }

/** Raw RGB with one plain colour a quarter: tells which way up a picture is, and whether its colours are right. */
export function quadrants({ width, height } = QUADRANTS_SIZE): RawPicture {
  const data = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.set(colourAt(x < width / 2, y < height / 2), (y * width + x) * 3)
  }
  return { data, width, height, channels: 3 }
}

function colourAt(isLeft: boolean, isTop: boolean): Rgb {
  if (isTop) return isLeft ? QUADRANTS.topLeft : QUADRANTS.topRight
  return isLeft ? QUADRANTS.bottomLeft : QUADRANTS.bottomRight
}

/** Reads the four colours back, each at its quarter's middle. */
export function readQuadrants({ data, width, height, channels }: RawPicture): Quadrants {
  const at = (right: number, down: number): Rgb => {
    const x = Math.floor(width * right)
    const y = Math.floor(height * down)
    const [red = 0, green = 0, blue = 0] = data.subarray((y * width + x) * channels)
    return [red, green, blue]
  }
  return {
    topLeft: at(0.25, 0.25),
    topRight: at(0.75, 0.25),
    bottomLeft: at(0.25, 0.75),
    bottomRight: at(0.75, 0.75),
  }
}
