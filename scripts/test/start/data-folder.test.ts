import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { takeDataFolder } from '../../start/data-folder.ts'
import { scratchFolder } from '../scratch.ts'

t.test('a data folder is one launcher’s at a time', async (t) => {
  const folder = join(scratchFolder(t), 'data')
  const data = takeDataFolder(folder)
  t.throws(() => takeDataFolder(folder), {
    message: `Tintype is running already from this folder (pid ${process.pid}).`,
  })
  data.release()
  takeDataFolder(folder).release()
})

t.test('one that cannot be made is told by the variable that names it', async (t) => {
  const file = join(scratchFolder(t), 'file')
  writeFileSync(file, '')
  t.throws(() => takeDataFolder(join(file, 'data')), {
    message: `The data folder ${join(file, 'data')} cannot be used (ENOTDIR): set TINTYPE_DATA to a folder that you may write to.`,
  })
})
