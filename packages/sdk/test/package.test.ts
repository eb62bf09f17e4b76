import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { packPackage } from '@tintype/testkit'
import t from 'tap'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))

t.test('what is published is whole, and all that it needs', async (t) => {
  const { files, manifest, app } = await packPackage(t, folder)
  const strange = files.filter(
    (file) => !/^(package\.json|README\.md|LICENSE|dist\/[\w-]+\.(js|d\.ts))$/.test(file),
  )
  t.strictSame(strange, [], 'nothing else')

  t.not(manifest.private, true)
  for (const target of Object.values(manifest.exports ?? {}).flatMap((one) => Object.values(one))) {
    t.ok(files.includes(target.replace('./', '')), target)
  }
  t.notOk(JSON.stringify(manifest.dependencies).includes('workspace:'))

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
