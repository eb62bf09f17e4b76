import { iccProfile, samplesIn } from './colours.ts'
import { encodeHevc, type HevcPicture, type YuvPicture } from './hevc-pcm.ts'
import { quadrants } from './quadrants.ts'
import type { RawPicture } from './raw-picture.ts'

export interface HeicOptions {
  /** Both even. */
  width?: number
  height?: number
  /** Stored turned a quarter to the right, with the `irot` property that turns it back. */
  isTurned?: boolean
  /** Colours in Display P3, with its profile, as telephones store them. */
  isP3?: boolean
}

/** `quadrants()` as HEIC (ISO/IEC 23008-12): one picture of HEVC in a file like a telephone's. */
export async function heic({
  width = 96,
  height = 64,
  isTurned = false,
  isP3 = false,
}: HeicOptions = {}): Promise<Buffer> {
  const seen = quadrants({ width, height })
  const coloured = isP3 ? { ...seen, data: await samplesIn('p3', { width, height }) } : seen
  const stored = isTurned ? turnRight(coloured) : coloured
  const properties = [
    box('ispe', u32(0, stored.width, stored.height)),
    // Full range, BT.601 matrix: what `toYuv` does.
    box('colr', Buffer.from('nclx'), u16(1, 13, 6), Buffer.of(0x80)),
  ]
  if (isTurned) properties.push(box('irot', Buffer.of(1)))
  if (isP3) properties.push(box('colr', Buffer.from('prof'), await iccProfile('p3')))
  return assemble(encodeHevc(toYuv(stored)), properties)
}

function assemble(hevc: HevcPicture, properties: Buffer[]): Buffer {
  const coded = Buffer.concat([u32(hevc.slice.length), hevc.slice])
  const all = [hvcC(hevc), ...properties]
  const ftyp = box('ftyp', Buffer.from('heic\0\0\0\0mif1heic'))
  const meta = (offset: number): Buffer =>
    box(
      'meta',
      u32(0),
      box('hdlr', u32(0, 0), Buffer.from('pict'), u32(0, 0, 0), Buffer.of(0)),
      box('pitm', u32(0), u16(1)),
      box('iloc', u32(0), Buffer.of(0x44, 0), u16(1, 1, 0, 1), u32(offset, coded.length)),
      box('iinf', u32(0), u16(1), box('infe', u32(0x0200_0000), u16(1, 0), Buffer.from('hvc1\0'))),
      box(
        'iprp',
        box('ipco', ...all),
        box('ipma', u32(0, 1), u16(1), Buffer.of(all.length, ...essential(all.length))),
      ),
    )
  // The offset's own size does not depend on its value.
  const offset = ftyp.length + meta(0).length + 8
  return Buffer.concat([ftyp, meta(offset), box('mdat', coded)])
}

/** Property indices from 1; the decoder's configuration and whatever turns a picture must be understood. */
function essential(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? 0x81 : index + 1))
}

/** HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 §8.3.3.1. */
function hvcC({ vps, sps, pps }: HevcPicture): Buffer {
  const nalArray = (type: number, nal: Buffer): Buffer =>
    Buffer.concat([Buffer.of(0x80 | type), u16(1, nal.length), nal])
  return box(
    'hvcC',
    Buffer.from('01016000000090000000000078', 'hex'),
    Buffer.from('f000fcfdf8f800000f03', 'hex'),
    nalArray(32, vps),
    nalArray(33, sps),
    nalArray(34, pps),
  )
}

function box(type: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body])
}

function u16(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >>> 8, value & 0xff]))
}

function u32(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => u16(value >>> 16, value & 0xffff)))
}

function turnRight({ data, width, height, channels }: RawPicture): RawPicture {
  const turned = Buffer.alloc(data.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const to = (x * height + (height - 1 - y)) * channels
      data.copy(turned, to, (y * width + x) * channels, (y * width + x + 1) * channels)
    }
  }
  return { data: turned, width: height, height: width, channels }
}

/** BT.601 in full range (ITU-T T.871), the chroma of each 2 × 2 pixels that of their first. */
function toYuv({ data, width, height }: RawPicture): YuvPicture {
  const y = new Uint8Array(width * height)
  const cb = new Uint8Array((width * height) / 4)
  const cr = new Uint8Array((width * height) / 4)
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const [red = 0, green = 0, blue = 0] = data.subarray((row * width + column) * 3)
      y[row * width + column] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
      if (row % 2 === 1 || column % 2 === 1) continue
      const at = ((row / 2) * width) / 2 + column / 2
      cb[at] = Math.round(128 - 0.168736 * red - 0.331264 * green + 0.5 * blue)
      cr[at] = Math.round(128 + 0.5 * red - 0.418688 * green - 0.081312 * blue)
    }
  }
  return { width, height, y, cb, cr }
}
