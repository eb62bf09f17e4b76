import t from 'tap'
import { readChecksum } from '../../src/resumable-uploads/checksum.ts'

t.test('a checksum as the protocol writes it', async (t) => {
  t.equal(readChecksum(undefined), undefined)
  const sha1 = readChecksum('sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=')
  t.equal(sha1?.hash.update('hello world').digest('base64'), sha1?.expected.toString('base64'))
  const wrong = [
    '',
    'sha1',
    'md5 XrY7u+Ae7tCTyyK7j1rNww==',
    'sha1 short',
    'sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=',
  ]
  for (const header of [...wrong, 'toString AAAA', 'sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0= more']) {
    t.throws(() => readChecksum(header), { code: 'TT_BAD_UPLOAD_HEADER', statusCode: 400 }, header)
  }
})
