import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const DIST = join(import.meta.dirname, '..', 'dist')
const LIMIT_BYTES = 200_000

interface Chunk {
  file: string
  isEntry?: boolean
  imports?: string[]
  dynamicImports?: string[]
}

const chunks = JSON.parse(readFileSync(join(DIST, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>

/** A chunk and all that a browser loads before it runs. */
function closure(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known
  known.add(name)
  for (const needed of chunks[name]?.imports ?? []) closure(needed, known)
  return known
}

/** As small as files get that every browser takes. */
const gzipBytes = (names: Iterable<string>) =>
  [...names].reduce((sum, name) => {
    const path = join(DIST, chunks[name]?.file ?? '')
    return sum + (statSync(`${path}.gz`, { throwIfNoEntry: false }) ?? statSync(path)).size
  }, 0)

t.test('the first load', async (t) => {
  const entry = Object.keys(chunks).find((name) => chunks[name]?.isEntry) ?? ''
  const first = closure(entry)
  const bytes = gzipBytes(first)
  t.comment(`${bytes} bytes of compressed script before the gallery is usable`)
  t.ok(bytes > 50_000 && bytes <= LIMIT_BYTES, `${bytes} bytes`)
  const late = (chunks[entry]?.dynamicImports ?? []).flatMap((name) => [...closure(name)])
  for (const part of ['admin/index', 'account/account-page', 'image/image-page']) {
    t.ok(
      late.some((name) => name.includes(part)),
      `${part} is there`,
    )
  }
  for (const part of ['admin', 'account-page', 'image-page', 'uploader', 'upload-panel']) {
    t.notOk(
      [...first].some((name) => name.includes(part)),
      `${part} is loaded on demand`,
    )
  }
})
