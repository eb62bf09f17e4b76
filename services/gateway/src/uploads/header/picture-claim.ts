/** What a header says of its picture. Nothing here was checked against the pixels. */
export interface PictureClaim {
  /** Width of the whole canvas in pixels as it is stored: before `orientation` is applied. */
  width: number
  /** Height of the whole canvas in pixels as it is stored: before `orientation` is applied. */
  height: number
  /** How to turn the stored picture upright: 1 to 8, as Exif 2.32 numbers them. */
  orientation?: number
  /** The largest area, in pixels, that the header makes a decoder allocate, where that may exceed the canvas. */
  claimedPixels?: number
}
