import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestFolder, photo } from '@tintype/testkit'
import t from 'tap'
import * as sdk from '../src/index.ts'
import { fileFromPath } from '../src/node.ts'
import { sharedStack, someone } from './stack.ts'

const stack = await sharedStack()
const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^## (.*)$|^```ts\n([\s\S]*?)^```/gm)]

/** Runs an example as it stands, but for where it runs: names in `scope` are what it leaves to its reader. */
async function run(example: string, scope: Record<string, unknown>): Promise<Record<string, unknown>> {
  const code = example.replaceAll(/^import .*$/gm, '').replaceAll('https://pictures.example.com', stack.url)
  const made = [...code.matchAll(/^const (?:\{ (\w+) \}|(\w+)) =/gm)].map(([, a, b]) => a ?? b)
  const names = { ...sdk, fileFromPath, ...scope }
  const body = `return (async () => { ${code}\nreturn { ${made.join(', ')} } })()`
  return new Function(...Object.keys(names), body)(...Object.values(names))
}

t.test('the examples of the README run', async (t) => {
  const { client, user } = await someone()
  const bytes = await photo({ width: 500, height: 400 })
  const path = join(await createTestFolder(t), 'mill.jpg')
  await writeFile(path, bytes)
  const { key } = await client.apiKeys.create({
    name: 'readme',
    scopes: ['images:read', 'images:write', 'links:write'],
  })
  const said: string[] = []
  const saved: { name: string; bytes: number }[] = []
  const reader = {
    keep: () => undefined,
    password: user.password,
    file: await fileFromPath(path),
    console: { log: (...words: unknown[]) => said.push(words.join(' ')) },
    async save(name: string, stream: ReadableStream) {
      saved.push({ name, bytes: (await new Response(stream).arrayBuffer()).byteLength })
    },
  }
  let scope: Record<string, unknown> = { ...reader, client }
  let section = ''
  let count = 0
  for (const [, title, example] of examples) {
    section = title ?? section
    if (example === undefined) continue
    count += 1
    const own = example.includes('createClient') ? { ...scope, client: undefined } : scope
    const code = example
      .replace("'ttk_…'", JSON.stringify(key))
      .replace("'mill.jpg'", JSON.stringify(path))
      .replace("'ada'", JSON.stringify(user.username))
    const made = await run(code, own).catch((error: unknown) => {
      t.fail(`the example of «${section || 'the start'}» failed`, { error })
      return {}
    })
    // Each goes on with what those before it made, but for clients: one of them has left.
    scope = { ...scope, ...made, client, ...(section === 'Read' ? { id: crypto.randomUUID() } : {}) }
    if (section === 'Errors') scope.id = (await client.images.list().page()).items[0]?.id
  }
  t.equal(count, 6)
  t.strictSame(said[0], 'Enterprise')
  t.match(said, [/^Enterprise$/, /^\d+ of \d+$/])
  t.ok(
    said.some((line) => /^TT_NOT_FOUND 404 .+/.test(line)),
    said.join('\n'),
  )
  t.equal(said.at(-1), '', 'the last example read the title of an untitled picture')
  t.ok(saved.length >= 2, 'at least the first picture was ready, and the archive')
  t.match(saved.at(-1), { name: /^original-.*\.zip$/ })
  t.ok(saved.every(({ bytes }) => bytes > 0))
})
