import { quadrants } from './quadrants.ts'
import { encodeRaw } from './raw-picture.ts'

/** What `withGps` hides in a picture: a test that finds it in a rendition has found a leak. */
export const GPS_MARKS = ['Tintype test camera', 'tintype-xmp-mark'] as const

/** Tells where it was taken and with what, in EXIF and XMP. */
export function withGps(format: 'jpeg' | 'png' | 'webp' = 'jpeg'): Promise<Buffer> {
  return encodeRaw(quadrants())
    .withExif({
      IFD0: { Model: GPS_MARKS[0] },
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: '48/1 51/1 30/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '2/1 17/1 40/1',
      },
    })
    .withXmp(
      `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="${GPS_MARKS[1]}"/></rdf:RDF></x:xmpmeta>`,
    )
    .toFormat(format)
    .toBuffer()
}
