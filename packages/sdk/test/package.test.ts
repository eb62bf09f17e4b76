import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createTestFolder } from '@tintype/testkit'
import t from 'tap'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))
const root = join(folder, '../..')
const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  packageManager: string
}

interface Manifest {
  private?: boolean
  exports: Record<string, Record<string, string>>
  dependencies: Record<string, string>
}

t.test('what is published is whole, and all that it needs', async (t) => {
  const app = await createTestFolder(t)
  const pnpm = ['-y', packageManager, 'pack', '--json', '--pack-destination', app]
  const { stdout } = await run('npx', pnpm, { cwd: folder })
  const { filename } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { filename: string }
  await run('tar', ['-xzf', filename, '-C', app])
  const { stdout: listing } = await run('tar', ['-tzf', filename])
  const files = listing
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''))
  const strange = files.filter(
    (file) => !/^(package\.json|README\.md|LICENSE|dist\/[\w-]+\.(js|d\.ts))$/.test(file),
  )
  t.strictSame(strange, [], 'nothing else')

  const manifest = JSON.parse(await readFile(join(app, 'package/package.json'), 'utf8')) as Manifest
  t.not(manifest.private, true)
  for (const target of Object.values(manifest.exports).flatMap((one) => Object.values(one))) {
    t.ok(files.includes(target.replace('./', '')), target)
  }
  t.notOk(JSON.stringify(manifest.dependencies).includes('workspace:'))

  // As npm lays it out, with the dependencies that it names and no others.
  const modules = join(app, 'node_modules')
  await mkdir(join(modules, '@tintype'), { recursive: true })
  await cp(join(app, 'package'), join(modules, '@tintype/sdk'), { recursive: true })
  for (const name of Object.keys(manifest.dependencies)) {
    await symlink(join(folder, 'node_modules', name), join(modules, name))
  }
  await writeFile(
    join(app, 'app.mjs'),
    `import { createClient } from '@tintype/sdk'
     import { fileFromPath } from '@tintype/sdk/node'
     const client = createClient({ baseUrl: 'http://127.0.0.1:8', retry: { retries: 0 } })
     const tries = [false, true].map(async (resumable) =>
       client.images.upload(await fileFromPath('app.mjs'), { resumable, signal: AbortSignal.timeout(5000) })
         .catch((error) => error.code ?? error.name))
     console.log(JSON.stringify(await Promise.all(tries)))`,
  )
  const { stdout: said } = await run(process.execPath, ['app.mjs'], { cwd: app })
  t.strictSame(JSON.parse(said)[0], 'NETWORK')

  // What its types say to a page that has no types of Node.js.
  await writeFile(
    join(app, 'page.ts'),
    `import { createClient, type Image } from '@tintype/sdk'
     export const upload = (file: File): Promise<Image> => createClient({ baseUrl: '' }).images.upload(file)
     // @ts-expect-error there is no such operation
     export const wrong = createClient({ baseUrl: '' }).api.GET('/v1/wrong')`,
  )
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        ...{ noEmit: true, strict: true, module: 'esnext', moduleResolution: 'bundler' },
        ...{ lib: ['es2024', 'dom', 'dom.asynciterable'], types: [] },
      },
      files: ['page.ts'],
    }),
  )
  const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')
  const checked = await run(process.execPath, [tsc], { cwd: app }).catch((error: { stdout: string }) => error)
  t.equal(checked.stdout, '')
})
