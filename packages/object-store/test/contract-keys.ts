import type { Test } from 'tap'
import { all, forEachLimited, keysOf, pattern, read, rejection, streamOf, TYPE } from './bodies.ts'
import type { Subject } from './contract-subject.ts'

const ODD_NAMES = [
  'a b',
  ' leading and trailing ',
  'a+b',
  'a%2Fb',
  'a%b',
  'a&b<c>"d\'e',
  'a?b#c=d',
  'a\\b:c*d|e',
  '~tilde(1)!$@,;',
  '.hidden',
  '...',
  'ünïcödé',
  'u\u0308', // the same ü as two code points stays another key
  '日本語',
  '😀',
]

/** In UTF-8 order, which is neither that of folders (`a` with all below it) nor that of UTF-16 (😀 before ～). */
const ORDERED = ['A', 'a-b', 'a.b/c', 'a/b', 'a/b0', 'a/c/d', 'a/c0', 'a0', 'b', 'é', '～', '😀']

export async function keysContract(t: Test, subject: () => Subject): Promise<void> {
  const small = (text: string) =>
    [Buffer.from(text), { bytes: Buffer.byteLength(text), contentType: TYPE }] as const

  await t.test('keys of any spelling', async (t) => {
    const { store, prefix } = subject()
    const keys = ODD_NAMES.flatMap((name) => [`${prefix}${name}`, `${prefix}in ${name}/x`])
    keys.push(`${prefix}${'l'.repeat(255)}`)
    await forEachLimited(keys, 8, (key) => store.put(key, ...small(key)))
    await forEachLimited(keys, 8, async (key) => {
      t.equal(String(await read(store, key)), key)
      t.equal((await store.head(key))?.key, key)
    })
    t.strictSame(new Set(await keysOf(store, prefix)), new Set(keys))
    await forEachLimited(keys, 8, async (key) => {
      t.equal(await store.copy(key, key.replace(prefix, `${prefix}copies/`)), true)
      t.strictSame(await keysOf(store, key), [key], 'a key is a prefix of itself')
      await store.delete(key)
      t.equal(await store.head(key), undefined)
    })
    t.equal(await store.deletePrefix(prefix), keys.length, 'the copies')
  })

  await t.test('keys that are none', async (t) => {
    const { store, prefix } = subject()
    const bad = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      '../a',
      'a/../b',
      'a/./b',
      'a/..',
      'a\0b',
      'a\nb',
      '\u007f',
    ]
    bad.push('.tmp', '.tmp/a', 'a\ud800b', 'x'.repeat(256), `${'é'.repeat(100)}/`.repeat(6))
    for (const key of bad) {
      const tries = [
        store.put(key, ...small('x')),
        store.put(key, streamOf(pattern(10)), { bytes: 10, contentType: TYPE }),
        store.get(key),
        store.head(key),
        store.delete(key),
        store.copy(key, `${prefix}a`),
        store.copy(`${prefix}a`, key),
        store
          .presignGet('\0', { expiresInSeconds: 60 })
          .then((url) => url ?? Promise.reject(new TypeError())),
      ]
      const errors = await Promise.all(tries.map(rejection))
      t.ok(
        errors.every((error) => error instanceof TypeError),
        JSON.stringify(key.slice(0, 20)),
      )
    }
    for (const wrong of ['/', '../', 'a//', 'a/../', './', '.tmp/', '\0']) {
      t.match(await rejection(store.deletePrefix(wrong)), TypeError, `deletePrefix ${JSON.stringify(wrong)}`)
      t.match(await rejection(keysOf(store, wrong)), TypeError, `list ${JSON.stringify(wrong)}`)
    }
    t.match(await rejection(store.deletePrefix('')), TypeError, 'nobody empties the store')
  })

  await t.test('list is in key order and by any prefix', async (t) => {
    const { store, prefix } = subject()
    const keys = ORDERED.map((name) => `${prefix}${name}`)
    for (const key of keys.toReversed()) await store.put(key, ...small(key))
    t.strictSame(await keysOf(store, prefix), keys)
    t.strictSame(await keysOf(store, prefix.slice(0, -1)), keys, 'without the slash')
    const of = async (start: string) =>
      (await keysOf(store, prefix + start)).map((key) => key.slice(prefix.length))
    t.strictSame(await of('a'), ORDERED.slice(1, 8))
    t.strictSame(await of('a/'), ['a/b', 'a/b0', 'a/c/d', 'a/c0'])
    t.strictSame(await of('a/b'), ['a/b', 'a/b0'])
    t.strictSame(await of('a/c'), ['a/c/d', 'a/c0'])
    t.strictSame(await of('a/b/'), [])
    t.strictSame(await of('nothing/here'), [])
    for (const after of ['', 'A', 'a-', 'a-b', 'a/', 'a/b', 'a/c', 'a/c/d', 'a/c/e', 'a1', '～', '😀']) {
      const behind = ORDERED.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0)
      const found = await all(store.list(prefix, { after: prefix + after }))
      t.strictSame(
        found.map(({ key }) => key.slice(prefix.length)),
        behind,
        `behind «${after}»`,
      )
    }
    t.strictSame(
      (await all(store.list(`${prefix}a/`, { after: `${prefix}a/b0` }))).map(({ key }) => key),
      [`${prefix}a/c/d`, `${prefix}a/c0`],
      'both a prefix and a key',
    )
    const listed = await all(store.list(`${prefix}a-b`))
    t.match(listed, [{ key: `${prefix}a-b`, bytes: Buffer.byteLength(`${prefix}a-b`), modifiedAt: Date }])
    t.ok((await keysOf(store, '')).includes(`${prefix}b`), 'an empty prefix lists all')
    t.equal(await store.deletePrefix(`${prefix}a/b`), 2)
    t.equal(await store.deletePrefix(`${prefix}a`), 5, 'a prefix need not end at a slash')
    t.strictSame(await of(''), ['A', 'b', 'é', '～', '😀'])
  })

  await t.test('more than a page is listed and deleted', async (t) => {
    const { store, prefix } = subject()
    const keys = Array.from({ length: 1205 }, (_, i) => `${prefix}many/${String(i).padStart(5, '0')}`)
    await forEachLimited(keys, 32, (key) => store.put(key, ...small('x')))
    await store.put(`${prefix}manyfold`, ...small('x'))
    t.strictSame(await keysOf(store, `${prefix}many/`), keys)

    const behind = await all(store.list(`${prefix}many/`, { after: keys[3] ?? '' }))
    t.strictSame(
      behind.map(({ key }) => key),
      keys.slice(4),
      'and what comes behind a key, page by page',
    )

    // Deleted ahead of the listing: it goes on without them.
    const seen: string[] = []
    for await (const { key } of store.list(`${prefix}many/`)) {
      if (seen.length === 0) await forEachLimited(keys.slice(1100), 32, (doomed) => store.delete(doomed))
      seen.push(key)
    }
    t.strictSame(seen.slice(0, 1000), keys.slice(0, 1000))

    t.equal(await store.deletePrefix(`${prefix}many/`), 1100)
    t.equal(await store.deletePrefix(`${prefix}many/`), 0)
    t.strictSame(await keysOf(store, prefix), [`${prefix}manyfold`])
  })

  await t.test('deletePrefix takes keys of any spelling', async (t) => {
    const { store, prefix } = subject()
    for (const name of ODD_NAMES) await store.put(`${prefix}odd/${name}`, ...small('x'))
    t.equal(await store.deletePrefix(`${prefix}odd/`), ODD_NAMES.length)
    t.strictSame(await keysOf(store, prefix), [])
  })

  await t.test('delete, also of what is not there', async (t) => {
    const { store, prefix } = subject()
    await store.put(`${prefix}a/b/c`, ...small('x'))
    await store.delete(`${prefix}a/b/c`)
    t.equal(await store.head(`${prefix}a/b/c`), undefined)
    await store.delete(`${prefix}a/b/c`)
    await store.delete(`${prefix}never/was`)
    await store.put(`${prefix}a/b/c`, ...small('again'))
    t.equal(String(await read(store, `${prefix}a/b/c`)), 'again')
  })

  await t.test('puts and deletions in one folder do not disturb each other', async (t) => {
    const { store, prefix } = subject()
    const names = Array.from({ length: 8 }, (_, i) => `${prefix}f/g/${i}`)
    await Promise.all(
      names.map(async (key) => {
        for (let round = 0; round < 25; round += 1) {
          await store.put(key, ...small(key))
          if (String(await read(store, key)) !== key) t.fail('what was put is not there')
          await store.delete(key)
        }
      }),
    )
    t.strictSame(await keysOf(store, prefix), [])
  })

  await t.test('copy', async (t) => {
    const { store, prefix } = subject()
    const data = pattern(500_000)
    await store.put(`${prefix}from`, data, { bytes: data.length, contentType: TYPE })
    t.equal(await store.copy(`${prefix}from`, `${prefix}to/here`), true)
    t.ok((await read(store, `${prefix}to/here`))?.equals(data))
    await store.put(`${prefix}from`, ...small('changed'))
    t.ok((await read(store, `${prefix}to/here`))?.equals(data), 'a copy is an object of its own')
    t.equal(await store.copy(`${prefix}from`, `${prefix}to/here`), true)
    t.equal(String(await read(store, `${prefix}to/here`)), 'changed', 'over what was there')
    t.equal(await store.copy(`${prefix}from`, `${prefix}from`), true, 'onto itself')
    t.equal(String(await read(store, `${prefix}from`)), 'changed')
    t.equal(await store.copy(`${prefix}missing`, `${prefix}to/here`), false)
    t.equal(String(await read(store, `${prefix}to/here`)), 'changed', 'a copy of nothing changes nothing')
    t.equal(await store.copy(`${prefix}missing`, `${prefix}missing`), false)
  })
}
