import { TIER_DEFAULTS } from '@tintype/domain'
import t from 'tap'
import { basicPassword } from '../../src/links/basic-auth.ts'
import { parseFilename } from '../../src/links/filename.ts'
import { grantsLink } from '../../src/links/target.ts'

t.test('file names', async (t) => {
  t.equal(parseFilename('  Füße „am“ Meer.png '), 'Füße „am“ Meer.png')
  t.equal(parseFilename('é.png'.normalize('NFD')), 'é.png'.normalize('NFC'))
  t.equal(parseFilename('🐈'.repeat(255)), '🐈'.repeat(255), 'characters are counted, not their halves')
  t.equal(parseFilename('🐈'.repeat(256)), undefined)
  t.equal(parseFilename('\ud800.png'), '\ufffd.png')
  for (const name of ['', '  ', 'a\nb', 'a\u0000', 'a\u007f', 'a\u2028b', '\u202egpj.exe']) {
    t.equal(parseFilename(name), undefined, encodeURIComponent(name))
  }
})

t.test('a tier shares what it grants', async (t) => {
  const tier = { ...TIER_DEFAULTS, linkAccess: true }
  const granted = { ...tier, thumbnailHeights: [200] }
  t.ok(grantsLink(granted, 'h200'))
  t.notOk(grantsLink(granted, 'h400'))
  t.notOk(grantsLink(granted, 'original'))
  t.ok(grantsLink({ ...granted, originalAccess: true }, 'original'))
  t.notOk(grantsLink({ ...granted, linkAccess: false }, 'h200'))
})

t.test('passwords of HTTP Basic', async (t) => {
  const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  t.equal(basicPassword(header('anna:pa:ss')), 'pa:ss')
  t.equal(basicPassword(header(':größe')), 'größe')
  t.equal(basicPassword(header('anna:')), '')
  t.equal(basicPassword(header('anna:x').replace('Basic', 'bAsIc')), 'x')
  for (const none of [undefined, '', 'Basic', 'Basic ', header('anna'), 'Bearer YTpi', 'Basic a:b']) {
    t.equal(basicPassword(none), undefined, String(none))
  }
})
