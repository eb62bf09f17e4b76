import { encodeRaw, type RawPicture } from './raw-picture.ts'

export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'tiff' | 'avif' | 'gif'

export interface PhotoOptions {
  width?: number
  height?: number
  format?: PhotoFormat
  /** EXIF orientation, 1 to 8, as a tag only: the pixels stay as they are. */
  orientation?: number
  seed?: number
  /** JPEG only. */
  progressive?: boolean
}

/**
 * A picture that compresses and shrinks as photographs do: slow gradients,
 * soft shapes with edges, and sensor noise. The same options give the same pixels.
 */
export async function photo({
  width = 640,
  height = 480,
  format = 'jpeg',
  orientation,
  seed = 1,
  progressive = false,
}: PhotoOptions = {}): Promise<Buffer> {
  const output = encodeRaw(photoPixels({ width, height, seed }))
  if (orientation !== undefined) output.withMetadata({ orientation })
  return output.toFormat(format, { progressive, effort: format === 'avif' ? 0 : undefined }).toBuffer()
}

/** The pixels of `photo`. */
export function photoPixels({
  width,
  height,
  seed,
}: {
  width: number
  height: number
  seed: number
}): RawPicture {
  const data = Buffer.alloc(width * height * 3)
  const noise = noiseOf(seed)
  const hue = seed % 7
  let at = 0
  for (let y = 0; y < height; y += 1) {
    const down = y / height
    for (let x = 0; x < width; x += 1) {
      const right = x / width
      const hills = down > 0.55 + 0.12 * Math.sin(right * 9 + hue) ? 70 : 0
      const sun = (right - 0.7) ** 2 + (down - 0.25) ** 2 < 0.012 ? 60 : 0
      const grain = (noise() - 0.5) * 14
      data[at] = clamp(90 + 80 * right + sun + grain - hills / 2)
      data[at + 1] = clamp(110 + 60 * (1 - down) + sun + grain - hills / 4)
      data[at + 2] = clamp(190 - 70 * down + grain - hills)
      at += 3
    }
  }
  return { data, width, height, channels: 3 }
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)))
}

/** Marsaglia's xorshift32 (Journal of Statistical Software 8/14, 2003), in [0, 1). */
function noiseOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
