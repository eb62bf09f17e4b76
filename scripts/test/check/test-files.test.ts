import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { selectTests } from '../../check/test-files.ts'
import { scratchFolder } from '../scratch.ts'

t.test('a folder stands for the tests in it', async (t) => {
  const folder = scratchFolder(t)
  for (const name of ['test/deep', 'node_modules/other', 'empty'])
    mkdirSync(join(folder, name), { recursive: true })
  const [one, two] = [join(folder, 'test/deep/one.test.ts'), join(folder, 'test/two.test.ts')]
  for (const file of [
    one,
    two,
    join(folder, 'node_modules/other/three.test.ts'),
    join(folder, 'test/four.ts'),
  ]) {
    writeFileSync(file, '')
  }
  t.match(selectTests([]), { isEverything: true })
  t.same(selectTests([`${folder}/`]), { files: [one, two], isEverything: false })
  t.same(selectTests([two]), { files: [two], isEverything: false })
  t.throws(() => selectTests([join(folder, 'empty')]), { message: /There is no test in/ })
  t.throws(() => selectTests(['--grep=x']), { message: /There is no --grep=x/ })
})
