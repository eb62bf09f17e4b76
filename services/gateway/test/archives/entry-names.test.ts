import t from 'tap'
import { createEntryNames } from '../../src/archives/entry-names.ts'
import { ODD_NAMES } from '../odd-names.ts'

const CASES: [what: string, names: string[], taken: string[]][] = [
  ['once each', ['a.jpg', 'a.jpg', 'a.jpg'], ['a.jpg', 'a (2).jpg', 'a (3).jpg']],
  ['also by case', ['A.JPG', 'a.jpg', 'É.jpg', 'é.jpg'], ['A.JPG', 'a (2).jpg', 'É.jpg', 'é (2).jpg']],
  ['also those with a number', ['a.jpg', 'a (2).jpg', 'a.jpg'], ['a.jpg', 'a (2).jpg', 'a (3).jpg']],
  ['number first', ['a (2).jpg', 'a.jpg', 'a.jpg'], ['a (2).jpg', 'a.jpg', 'a (3).jpg']],
  ['without an extension', ['a', 'a'], ['a', 'a (2)']],
  ['paths', ['../../etc/passwd', '..\\x.jpg', '/a', 'C:\\a'], ['.._.._etc_passwd', '.._x.jpg', '_a', 'C__a']],
  ['reserved characters', ['a<>:"/\\|?*b.jpg'], ['a_________b.jpg']],
  [
    'devices',
    ['CON', 'nul.txt', 'com1.tar.gz', 'LPT¹', 'console.jpg'],
    ['_CON', '_nul.txt', '_com1.tar.gz', '_LPT¹', 'console.jpg'],
  ],
  ['ends', ['a. .', '...', '. .jpg', ' '], ['a', 'untitled', 'untitled.jpg', 'untitled (2)']],
]
for (const [what, names, taken] of CASES) {
  t.test(what, async (t) => {
    const entries = createEntryNames()
    t.strictSame(
      names.map((name) => entries.take(name)),
      taken,
    )
  })
}

t.test('another extension in place of its own', async (t) => {
  const entries = createEntryNames()
  t.strictSame(
    ['a.heic', 'a.png', 'b', 'c.v2'].map((name) => entries.take(name, 'jpg')),
    ['a.jpg', 'a (2).jpg', 'b.jpg', 'c.jpg'],
  )
})

t.test('odd names are good on any system, and stay one each', async (t) => {
  const entries = createEntryNames()
  const names = [...ODD_NAMES, ...ODD_NAMES].map(([sent]) => entries.take(sent))
  t.equal(new Set(names.map((name) => name.toLowerCase())).size, names.length)
  for (const name of names) {
    t.notMatch(name, /[<>:"/\\|?*\p{Cc}]|[. ]$/u)
    t.ok(Buffer.byteLength(name) <= 255, name)
  }
})

t.test('ten thousand of one name', async (t) => {
  const entries = createEntryNames()
  const names = Array.from({ length: 10_000 }, () => entries.take('IMG.jpg'))
  t.equal(names.at(-1), 'IMG (10000).jpg')
  t.equal(new Set(names).size, 10_000)
})
