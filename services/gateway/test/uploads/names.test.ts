import t from 'tap'
import { displayName, NAME_LENGTH } from '../../src/uploads/names.ts'

const CASES: [name: string, sent: string, kept: string][] = [
  ['plain text', 'Mill at dawn.jpg', 'Mill at dawn.jpg'],
  ['nothing', '', 'untitled'],
  ['blanks', ' \t\u00a0\u3000 ', 'untitled'],
  ['blanks at the ends', '  a b  ', 'a b'],
  ['NFD', 'e\u0301', '\u00e9'],
  ['C0 controls', 'a\u0000b\nc\rd\u001be\u007f', 'abcde'],
  ['C1 controls', 'a\u0085b\u009fc', 'abc'],
  ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
  ['marks of direction', 'x\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069y', 'xy'],
  ['nothing but marks', '\u202e\u0000', 'untitled'],
  ['right-to-left letters', 'תמונה.jpg', 'תמונה.jpg'],
  ['joined emoji', '👩‍👩‍👧.png', '👩‍👩‍👧.png'],
  ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ['paths', '../../etc/passwd', '../../etc/passwd'],
]

for (const [name, sent, kept] of CASES) {
  t.test(name, async (t) => t.equal(displayName(sent, 'untitled'), kept))
}

t.test('length is counted in characters, not in UTF-16 units', async (t) => {
  t.equal(displayName('x'.repeat(10_000), ''), 'x'.repeat(NAME_LENGTH))
  t.equal(displayName('😀'.repeat(300), ''), '😀'.repeat(NAME_LENGTH))
})
