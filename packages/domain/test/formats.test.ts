import t from 'tap'
import { extensionOf, IMAGE_FORMATS, mediaTypeOf, pictureName } from '../src/index.ts'

t.test('every format has a media type and an extension of its own', async (t) => {
  t.equal(mediaTypeOf('jpeg'), 'image/jpeg')
  t.equal(extensionOf('jpeg'), 'jpg')
  for (const format of IMAGE_FORMATS) {
    t.match(mediaTypeOf(format), /^image\/[a-z]+$/)
    t.match(extensionOf(format), /^[a-z]+$/)
  }
  t.equal(new Set(IMAGE_FORMATS.map(extensionOf)).size, IMAGE_FORMATS.length)
})

t.test('a picture is saved under a picture’s name', async (t) => {
  for (const name of ['a.jpg', 'A.JPEG', 'x.heif', 'scan.tif', 'a.b.webp', 'wrong.png'])
    t.equal(pictureName(name, 'jpeg'), name)
  t.equal(pictureName('page.html', 'jpeg'), 'page.html.jpg')
  t.equal(pictureName('a.jpg.svg', 'png'), 'a.jpg.svg.png')
  t.equal(pictureName('page.html.', 'tiff'), 'page.html..tif')
  t.equal(pictureName('no extension', 'gif'), 'no extension.gif')
})
