import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { groupName, groupTests, writeGroups } from '../../check/test-groups.ts'
import { scratchFolder } from '../scratch.ts'

t.test('the tests of a folder share a process, but for those that say why not', async (t) => {
  const folder = scratchFolder(t)
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  const test = (name: string, body = '') =>
    `import t from ${JSON.stringify(import.meta.resolve('tap'))}\nt.test('${name}', async (t) => { t.ok(true); ${body} })`
  const one = write('packages/a/test/one.test.ts', test('one', "t.comment('ran one')"))
  const two = write('packages/a/test/two.test.ts', test('two', "t.comment('ran two')"))
  const alone = write(
    'packages/a/test/alone.test.ts',
    `// In a process of its own: it ends it.\n${test('alone')}`,
  )
  const deep = write('services/b/test/deep/er/three.test.ts', test('three'))

  const groups = groupTests([one, alone, two, deep])
  t.same(
    groups,
    [
      { name: join(folder, 'packages/a/test'), files: [one, two] },
      { name: alone, files: [alone] },
      { name: join(folder, 'services/b/test/deep'), files: [deep] },
    ],
    'the largest first, and one that is alone behind it',
  )
  t.same(groupTests([alone]), [{ name: alone, files: [alone] }], 'also where there is no other')
  const files = writeGroups(
    groups.map((group) => ({ ...group, name: group.name.slice(folder.length + 1) })),
    folder,
  )
  t.same(files, [join(folder, 'together/packages/a/test.test.mjs'), alone, deep])
  t.same(files.map(groupName), ['packages/a/test', alone, deep])
  const said = execFileSync(process.execPath, [files[0] ?? ''], { encoding: 'utf8' })
  t.match(said, /ran one[\s\S]*ran two/)
})
