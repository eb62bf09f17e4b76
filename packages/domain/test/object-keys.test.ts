import t from 'tap'
import {
  originalKey,
  parseKey,
  renditionKey,
  renditionPrefix,
  stagingKey,
  stagingPieceKey,
  uuidv7,
} from '../src/index.ts'

t.test('a key tells whose object it names', async (t) => {
  const imageId = uuidv7()
  t.strictSame(parseKey(originalKey(imageId)), { kind: 'original', imageId })
  const key = renditionKey(imageId, 'h200', 'g1', 'jpg')
  t.equal(key, `renditions/${imageId}/h200.g1.jpg`)
  t.ok(key.startsWith(renditionPrefix(imageId)))
  t.strictSame(parseKey(key), { kind: 'rendition', imageId })
  t.strictSame(parseKey(stagingKey(imageId)), { kind: 'staging', uploadId: imageId })
  t.strictSame(parseKey(stagingPieceKey(imageId, uuidv7())), { kind: 'staging', uploadId: imageId })
})

t.test('an image’s prefix is no other image’s', async (t) => {
  t.ok(renditionPrefix(uuidv7()).endsWith('/'))
})

t.test('keys that are not ours', async (t) => {
  const imageId = uuidv7()
  const none = [
    '',
    'originals/',
    'originals/readme.txt',
    `originals/${imageId}/more`,
    `originals/${imageId}.jpg`,
    `Originals/${imageId}`,
    'renditions/',
    'renditions/x/h200.g1.jpg',
    'staging/',
    `staging/${imageId}/more`,
    `staging/${imageId}/${imageId}/${imageId}`,
    imageId,
  ]
  for (const key of none) t.equal(parseKey(key), undefined, key)
})
