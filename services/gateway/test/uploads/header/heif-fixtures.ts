import { u16, u32 } from './fixtures.ts'

export function box(type: string, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts)
  return Buffer.concat([u32(payload.length + 8), Buffer.from(type, 'latin1'), payload])
}

/** A box whose size is written with 64 bits. */
export function largeBox(type: string, payload: Buffer): Buffer {
  return Buffer.concat([u32(1), Buffer.from(type, 'latin1'), u32(0), u32(payload.length + 16), payload])
}

export function fullBox(type: string, { version = 0, flags = 0 }, ...parts: Buffer[]): Buffer {
  return box(type, u32(((version << 24) | flags) >>> 0), ...parts)
}

export function ftyp(major: string, compatible: string[] = []): Buffer {
  return box('ftyp', Buffer.from(major), u32(0), ...compatible.map((brand) => Buffer.from(brand)))
}

export function ispe(width: number, height: number): Buffer {
  return fullBox('ispe', {}, u32(width), u32(height))
}

export function irot(quarterTurns: number): Buffer {
  return box('irot', Buffer.from([quarterTurns]))
}

export function imir(axis: number): Buffer {
  return box('imir', Buffer.from([axis]))
}

export function clap(width: [number, number], height: [number, number]): Buffer {
  return box('clap', ...[...width, ...height, 0, 1, 0, 1].map(u32))
}

/** What a grid item's data say: rows and columns, then the canvas. */
export function gridDescription(width: number, height: number, wide = false): Buffer {
  const field = wide ? u32 : u16
  return Buffer.concat([Buffer.from([0, wide ? 1 : 0, 1, 1]), field(width), field(height)])
}

export function overlayDescription(width: number, height: number): Buffer {
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8), u32(width), u32(height)])
}

export interface Item {
  id: number
  type: string
  /** 1-based indices into the properties. */
  properties: number[]
  /** Data to be put into idat, in as many extents as there are buffers. */
  data?: Buffer[]
}

export interface HeifOptions {
  brands?: [string, ...string[]]
  primary?: number
  properties: Buffer[]
  items: Item[]
  /** Writes the wide variants: 32-bit ids, 15-bit property indices, 64-bit offsets. */
  wide?: boolean
  /** Puts data into mdat, behind meta, and not into idat. */
  dataInFile?: boolean
  /** Replaces or removes (an empty buffer) children of meta by type. */
  replace?: Record<string, Buffer>
}

/** A HEIF file: ftyp, meta, then an mdat with the items' data or nothing in particular. */
export function heif(options: HeifOptions): Buffer {
  const [major, ...compatible] = options.brands ?? ['avif', 'mif1', 'miaf']
  const head = ftyp(major, compatible)
  // The length of meta does not depend on the offsets in it: a first pass finds where mdat begins.
  const metaBytes = meta(options, 0).length
  const mdat = box('mdat', options.dataInFile ? allData(options) : Buffer.from('pixels'))
  return Buffer.concat([head, meta(options, head.length + metaBytes + 8), mdat])
}

function allData({ items }: HeifOptions): Buffer {
  return Buffer.concat(items.flatMap((item) => item.data ?? []))
}

function meta(options: HeifOptions, dataStart: number): Buffer {
  const { properties, items, wide = false, primary = 1, dataInFile = false, replace = {} } = options
  const id = wide ? u32 : u16
  const children = {
    hdlr: fullBox('hdlr', {}, u32(0), Buffer.from('pict'), Buffer.alloc(13)),
    pitm: fullBox('pitm', { version: wide ? 1 : 0 }, id(primary)),
    iloc: iloc(items, wide, dataInFile ? dataStart : undefined),
    iinf: fullBox(
      'iinf',
      { version: wide ? 1 : 0 },
      id(items.length),
      ...items.map((item) =>
        fullBox('infe', { version: wide ? 3 : 2 }, id(item.id), u16(0), Buffer.from(`${item.type}\0`)),
      ),
    ),
    iprp: box('iprp', box('ipco', ...properties), ipma(items, wide)),
    idat: dataInFile ? Buffer.alloc(0) : box('idat', allData(options)),
  }
  return fullBox('meta', {}, ...Object.entries(children).map(([type, child]) => replace[type] ?? child))
}

export function ipma(items: Item[], wide = false): Buffer {
  const entries = items.map(({ id, properties }) =>
    Buffer.concat([
      (wide ? u32 : u16)(id),
      Buffer.from([properties.length]),
      // The first property is marked as essential, which must make no difference.
      ...properties.map((index, place) =>
        wide ? u16(index | (place === 0 ? 0x8000 : 0)) : Buffer.from([index | (place === 0 ? 0x80 : 0)]),
      ),
    ]),
  )
  return fullBox('ipma', { version: wide ? 1 : 0, flags: wide ? 1 : 0 }, u32(items.length), ...entries)
}

function iloc(items: Item[], wide: boolean, dataStart: number | undefined): Buffer {
  let offset = dataStart ?? 0
  const number = (value: number) => (wide ? Buffer.concat([u32(0), u32(value)]) : u32(value))
  const entries = items.map(({ id, data = [] }) => {
    const extents = data.map((part) => {
      const extent = [number(offset), number(part.length)]
      offset += part.length
      return Buffer.concat(extent)
    })
    const construction = dataStart === undefined ? 1 : 0
    return Buffer.concat([(wide ? u32 : u16)(id), u16(construction), u16(0), u16(data.length), ...extents])
  })
  const sizes = u16(wide ? 0x8800 : 0x4400)
  return fullBox('iloc', { version: wide ? 2 : 1 }, sizes, (wide ? u32 : u16)(items.length), ...entries)
}
