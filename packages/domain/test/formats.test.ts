import t from 'tap'
import { extensionOf, IMAGE_FORMATS, mediaTypeOf } from '../src/index.ts'

t.test('every format has a media type and an extension of its own', async (t) => {
  t.equal(mediaTypeOf('jpeg'), 'image/jpeg')
  t.equal(extensionOf('jpeg'), 'jpg')
  for (const format of IMAGE_FORMATS) {
    t.match(mediaTypeOf(format), /^image\/[a-z]+$/)
    t.match(extensionOf(format), /^[a-z]+$/)
  }
  t.equal(new Set(IMAGE_FORMATS.map(extensionOf)).size, IMAGE_FORMATS.length)
})
