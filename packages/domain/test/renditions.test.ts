import t from 'tap'
import { parseHeight, parseRenditionName, thumbnailName } from '../src/index.ts'

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
  for (const text of ['', '200', 'original', 'full.png', 'h0', 'h4097', 'h0200', 'h200.jpg', 'constructor']) {
    t.equal(parseRenditionName(text), undefined, text)
  }
})
