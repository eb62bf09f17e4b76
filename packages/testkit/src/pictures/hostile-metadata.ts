import { iccProfile } from './colours.ts'
import { insertJpegSegments, jpegSegment } from './jpeg-segments.ts'

/** What is beside a picture in its file, made to harm whoever reads it. The pixels are sound. */

/** What a page or a terminal would run, were it to come out anywhere. */
export const SCRIPT_MARK = '<script>alert("tintype-script-mark")</script>'

/** Words in EXIF (description, maker, copyright, user's comment), each of `bytes`, with a script in them. */
export function scriptedExif(jpeg: Buffer, bytes = 100): Buffer {
  const text = `${SCRIPT_MARK}${'A'.repeat(Math.max(0, bytes - SCRIPT_MARK.length - 1))}\0`
  return insertJpegSegments(jpeg, exifSegment([270, 271, 33_432], text))
}

/** An EXIF whose one value takes nearly all that a segment holds. */
export function heavyExif(jpeg: Buffer): Buffer {
  return insertJpegSegments(jpeg, exifSegment([270], `${SCRIPT_MARK}${'A'.repeat(60_000)}\0`))
}

/** An EXIF whose directory goes round in a circle, and whose values lie outside of it. */
export function circularExif(jpeg: Buffer): Buffer {
  const tiff = exifTiff([270, 271], 'text\0')
  const entries = tiff.readUInt16LE(8)
  // The next directory is the first one; the first value is gigabytes away, and as long.
  tiff.writeUInt32LE(8, 10 + entries * 12)
  tiff.writeUInt32LE(0xfffffff0, 10 + 4)
  tiff.writeUInt32LE(0xfffffff0, 10 + 8)
  return insertJpegSegments(jpeg, jpegSegment(0xe1, 'Exif\0\0', tiff))
}

/** Sixty kilobytes of XMP with a script and an entity that names a file of the machine. */
export function scriptedXmp(jpeg: Buffer): Buffer {
  const xmp = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&e;${SCRIPT_MARK}${' '.repeat(60_000)}</x:xmpmeta>`
  return insertJpegSegments(jpeg, jpegSegment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', xmp))
}

/** Colour profiles that lie about their size, their tags, their kind and their number, by what they lie about. */
export async function lyingProfiles(jpeg: Buffer): Promise<Record<string, Buffer>> {
  const profile = await iccProfile('p3')
  const changed = (change: (copy: Buffer) => unknown) => {
    const copy = Buffer.from(profile)
    change(copy)
    return withProfile(jpeg, copy)
  }
  // ICC.1:2022 §7.2, §7.3: size at 0, class at 12, colours at 16, number of tags at 128, the first tag's offset at 136.
  return {
    size: changed((copy) => copy.writeUInt32BE(0xffffffff, 0)),
    class: changed((copy) => copy.write('link', 12, 'latin1')),
    colours: changed((copy) => copy.write('CMYK', 16, 'latin1')),
    'number of tags': changed((copy) => copy.writeUInt32BE(0xffffffff, 128)),
    'place of a tag': changed((copy) => copy.writeUInt32BE(0xfffffff0, 136)),
    'its own end': withProfile(jpeg, profile.subarray(0, 200)),
    everything: withProfile(jpeg, Buffer.alloc(4000, 0xff)),
    'being there': withProfile(jpeg, Buffer.of(0)),
    'its pieces': insertJpegSegments(
      jpeg,
      ...[3, 3, 0, 255].map((piece) => profileSegment(profile, piece, 2)),
    ),
  }
}

function withProfile(jpeg: Buffer, profile: Buffer): Buffer {
  return insertJpegSegments(jpeg, profileSegment(profile, 1, 1))
}

/** ICC.1:2022 annex B.4: a name, this piece's number, how many there are. */
function profileSegment(profile: Buffer, piece: number, pieces: number): Buffer {
  return jpegSegment(0xe2, 'ICC_PROFILE\0', Buffer.of(piece, pieces), profile)
}

function exifSegment(tags: number[], text: string): Buffer {
  return jpegSegment(0xe1, 'Exif\0\0', exifTiff(tags, text))
}

/** A directory (TIFF 6.0 §2) of these tags, all with the same text. */
function exifTiff(tags: number[], text: string): Buffer {
  const head = Buffer.alloc(8 + 2 + tags.length * 12 + 4)
  head.write('II*\0', 'latin1')
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(tags.length, 8)
  for (const [index, tag] of tags.entries()) {
    const at = 10 + index * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(2, at + 2)
    head.writeUInt32LE(text.length, at + 4)
    head.writeUInt32LE(head.length, at + 8)
  }
  return Buffer.concat([head, Buffer.from(text, 'latin1')])
}
