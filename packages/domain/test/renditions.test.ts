import t from 'tap'
import {
  CONVERSION_FORMATS,
  conversionName,
  parseConversionFormat,
  parseHeight,
  parseRenditionName,
  specOf,
  thumbnailName,
  webpThumbnailName,
} from '../src/index.ts'

t.test('heights', async (t) => {
  for (const height of [1, 200, 4095, 4096]) {
    t.equal(parseHeight(String(height)), height)
    t.equal(parseHeight(thumbnailName(height)), height)
    t.equal(parseRenditionName(`h${height}`), `h${height}`)
  }
  const none = [
    '',
    '0',
    '-1',
    '4097',
    '99999',
    '0200',
    '+200',
    '1e3',
    '0x10',
    '20.0',
    ' 200',
    '200\n',
    '²',
    '２００',
    'h',
    'hh200',
    'H200',
    'w200',
  ]
  for (const text of none) t.equal(parseHeight(text), undefined, JSON.stringify(text))
})

t.test('names', async (t) => {
  for (const text of [
    '',
    '200',
    'original',
    'full.gif',
    'full.',
    'h200.webp',
    'h0',
    'h4097',
    'h0200',
    'h200.jpg',
    'constructor',
  ]) {
    t.equal(parseRenditionName(text), undefined, text)
  }
})

t.test('what names stand for', async (t) => {
  t.strictSame(specOf('h200'), { kind: 'thumbnail', height: 200, format: 'default' })
  t.strictSame(specOf(webpThumbnailName(200)), { kind: 'thumbnail', height: 200, format: 'webp' })
  for (const format of CONVERSION_FORMATS) {
    t.strictSame(specOf(conversionName(format)), { kind: 'conversion', format })
    t.equal(parseRenditionName(conversionName(format)), `full.${format}`)
    t.equal(parseRenditionName(`full.${format.toUpperCase()}`), `full.${format}`)
  }
  for (const text of [
    '',
    '200',
    'original',
    'h0.webp',
    'h200.webp.webp',
    'h200.png',
    'full.svg',
    'fullpng',
  ]) {
    t.equal(specOf(text), undefined, text)
  }
})

t.test('formats of a conversion as people write them', async (t) => {
  t.equal(parseConversionFormat('jpg'), 'jpeg')
  t.equal(parseConversionFormat('JPG'), 'jpeg')
  t.equal(parseConversionFormat('Jpeg'), 'jpeg')
  t.equal(parseConversionFormat('avif'), 'avif')
  for (const text of ['', 'gif', 'svg', 'pngx', 'constructor', 'heic']) {
    t.equal(parseConversionFormat(text), undefined, text)
  }
})
