const CAPTION = 25

/** How tiles are laid out in so many CSS pixels: on a phone at least three beside each other. */
export function layoutOf(width: number) {
  const gap = width < 600 ? 8 : 16
  const least = width < 600 ? 100 : 190
  const columns = Math.max(2, Math.floor((width + gap) / (least + gap)))
  const side = (width - gap * (columns - 1)) / columns
  return { columns, gap, side, rowHeight: side + CAPTION + gap }
}
