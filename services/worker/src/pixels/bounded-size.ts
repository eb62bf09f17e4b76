export interface Size {
  width: number
  height: number
}

/** Widest JPEG that libjpeg writes (its `JPEG_MAX_DIMENSION`). */
const MAX_WIDTH_PX = 65_500

/**
 * The size of a rendition at most `maxHeight` pixels high: the aspect ratio is
 * kept, nothing is enlarged, and no side falls to 0 px, however long and thin
 * the picture.
 */
export function boundedSize({ width, height }: Size, maxHeight: number): Size {
  const scale = Math.min(1, maxHeight / height, MAX_WIDTH_PX / width)
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
