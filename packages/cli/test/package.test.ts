import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packPackage } from '@tintype/testkit'
import t from 'tap'

const run = promisify(execFile)
const folderOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

t.test('what is published is whole, and runs', async (t) => {
  const sdk = await packPackage(t, folderOf('sdk'))
  const { files, manifest, app } = await packPackage(t, folderOf('cli'), [sdk])
  t.strictSame(
    files.filter(
      (file) => !/^(package\.json|README\.md|LICENSE|dist\/([\w-]+\/)*[\w-]+\.(js|d\.ts))$/.test(file),
    ),
    [],
    'nothing else',
  )
  t.not(manifest.private, true)
  t.notOk(JSON.stringify(manifest.dependencies).includes('workspace:'))
  const command = join(app, 'node_modules/@tintype/cli', manifest.bin?.tintype ?? '')
  const { stdout } = await run(process.execPath, [command, 'help', 'upload'])
  t.match(stdout, /tintype upload/)
  const away = { env: { PATH: process.env.PATH, TINTYPE_URL: 'http://127.0.0.1:8', TINTYPE_API_KEY: 'key' } }
  await t.rejects(run(process.execPath, [command, 'ls'], away), { code: 5 }, 'a server that is not there')
})
