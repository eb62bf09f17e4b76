import t from 'tap'
import { gif, jpeg, png, tiff, vp8, webp } from './fixtures.ts'
import { box, ftyp, heif, ispe } from './heif-fixtures.ts'
import { isImage, outcomeOf } from './outcomes.ts'

t.test('what is none of the accepted formats', async (t) => {
  const others: Record<string, string | Buffer> = {
    nothing: '',
    text: 'a picture, honestly',
    svg: '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
    'xml with svg': '<?xml version="1.0"?><svg/>',
    html: '<!doctype html><script>alert(1)</script>',
    pdf: '%PDF-1.7\n',
    zip: 'PK\x03\x04',
    bmp: 'BM\x46\0\0\0\0\0\0\0',
    psd: '8BPS\0\x01',
    'jpeg xl': '\xff\x0a\xfa\x1f',
    'jpeg xl in boxes': '\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ',
    'jpeg 2000': '\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ',
    'jpeg 2000 codestream': '\xff\x4f\xff\x51',
    icon: '\0\0\x01\0\x01\0',
    wave: 'RIFF\x24\0\0\0WAVEfmt ',
    'utf-16 text': '\xff\xfeh\0i\0',
    gif: 'GIF88a\x01\0\x01\0',
    tiff: 'II\x2a\x01\x08\0\0\0',
    mp4: ftyp('isom', ['isom', 'iso2', 'avc1', 'mp41']),
    quicktime: ftyp('qt  ', ['qt  ']),
    'canon raw 3': ftyp('crx ', ['crx ', 'isom']),
    'jpeg in heif': ftyp('jpeg', ['mif1']),
    'ftyp without brands': box('ftyp'),
    'ftyp of no size': Buffer.from('\0\0\0\0ftypavif\0\0\0\0', 'latin1'),
  }
  for (const [name, content] of Object.entries(others)) {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content
    t.strictSame(await outcomeOf(bytes), { outcome: 'not-an-image' }, name)
    const padded = Buffer.concat([bytes, Buffer.alloc(2000)])
    t.strictSame(await outcomeOf(padded), { outcome: 'not-an-image' }, `${name}, longer`)
  }
})

t.test('brands tell AVIF from HEIC', async (t) => {
  const expected: [[string, ...string[]], string][] = [
    [['avif'], 'avif'],
    [['avis', 'msf1'], 'avif'],
    [['heic', 'mif1'], 'heic'],
    [['heix'], 'heic'],
    [['heim'], 'heic'],
    [['heis'], 'heic'],
    [['hevc', 'msf1'], 'heic'],
    [['mif1', 'miaf', 'heic'], 'heic'],
    [['mif1', 'miaf', 'avif'], 'avif'],
    [['mif1', 'heic', 'avif'], 'avif'],
    [['heic', 'avif'], 'heic'],
    [['msf1', 'hevc'], 'heic'],
    [['mif1'], 'heic'],
    [['miaf', 'avif'], 'avif'],
  ]
  for (const [brands, format] of expected) {
    const content = heif({
      brands,
      properties: [ispe(3, 2)],
      items: [{ id: 1, type: 'any_', properties: [1] }],
    })
    t.match(await outcomeOf(content), { outcome: 'image', header: { format } }, brands.join())
  }
})

t.test('brands behind the ftyp box are not read', async (t) => {
  const content = Buffer.concat([ftyp('isom', ['mp41']), Buffer.from('avifheic')])
  t.strictSame(await outcomeOf(content), { outcome: 'not-an-image' })
})

t.test('a file that is several things is what it starts as', async (t) => {
  const html = Buffer.from('<script>alert(1)</script>%PDF-1.7 PK\x03\x04')
  const starts = { jpeg: jpeg(3, 2), png: png(3, 2), gif: gif(3, 2), webp: webp(vp8(3, 2)) } as const
  for (const [format, start] of Object.entries(starts) as [keyof typeof starts, Buffer][]) {
    await isImage(t, Buffer.concat([start, html, png(9, 9), tiff([])]), { format, width: 3, height: 2 })
    t.strictSame(await outcomeOf(Buffer.concat([html, start])), { outcome: 'not-an-image' })
  }
})
