import t from 'tap'
import { extension, gif } from './fixtures.ts'
import { isDamaged, isImage, needsAllOf } from './outcomes.ts'

t.test('the size is the logical screen’s', async (t) => {
  for (const version of ['87a', '89a'] as const) {
    await isImage(t, gif(300, 200, { version }), { format: 'gif', width: 300, height: 200 })
  }
  for (const colours of [0, 2, 256]) {
    await isImage(t, gif(300, 200, { colours }), { format: 'gif', width: 300, height: 200 })
  }
  await isImage(t, gif(300, 200, { frame: { left: 5, top: 5, width: 10, height: 10 } }), {
    format: 'gif',
    width: 300,
    height: 200,
  })
})

t.test('the screen grows to a first frame that reaches beyond it', async (t) => {
  const place = { left: 5, top: 6, width: 30, height: 20 }
  await isImage(t, gif(10, 10, { frame: place }), { format: 'gif', width: 35, height: 26 })
  await isImage(t, gif(0, 0, { frame: place }), { format: 'gif', width: 35, height: 26 })
  const frame = { width: 65_535, height: 65_535 }
  await isImage(t, gif(1, 1, { frame }), { format: 'gif', width: 65_535, height: 65_535 })
})

t.test('extensions of any length before the first frame are passed', async (t) => {
  const profile = Array.from({ length: 4000 }, () => Buffer.alloc(255, 0x2c))
  const before = [extension(0xf9, Buffer.alloc(4)), extension(0xff, Buffer.from('ICCRGBG1012'), ...profile)]
  await isImage(t, gif(30, 20, { before }), { format: 'gif', width: 30, height: 20 })
})

t.test('headers that cannot be', async (t) => {
  await isDamaged(t, gif(30, 20, { frame: { width: 0, height: 20 } }), /size of zero/)
  await isDamaged(t, gif(30, 20, { frame: { width: 30, height: 0 } }), /size of zero/)
  await isDamaged(t, gif(30, 20, { before: [Buffer.from([0x3b])] }), /no frame/)
  await isDamaged(t, gif(30, 20, { before: [Buffer.from([0x55])] }), /unknown kind/)
})

t.test('walks that lead nowhere end', async (t) => {
  const empty = Buffer.alloc(600_000, extension(0xfe))
  await isDamaged(t, gif(30, 20, { before: [empty] }), /more parts/)
  const blocks = Array.from({ length: 100_000 }, () => Buffer.alloc(1))
  await isDamaged(t, gif(30, 20, { before: [extension(0xfe, ...blocks)] }), /more parts/)
})

t.test('cut short', async (t) => {
  const content = gif(30, 20, { before: [extension(0xfe, Buffer.from('a comment'))] })
  await needsAllOf(t, Buffer.concat([content, Buffer.alloc(5)]), content.length)
})
