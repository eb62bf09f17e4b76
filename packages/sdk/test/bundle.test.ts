import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import t from 'tap'

const pathOf = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url))
const bundle = (file: string) =>
  build({
    entryPoints: [pathOf(file)],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    splitting: true,
    minify: true,
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
  })

t.test('what browsers get imports nothing of Node.js, and tus only when it is used', async (t) => {
  const { metafile } = await bundle('index.ts')
  t.notOk(Object.keys(metafile.inputs).some((file) => file.includes('tus-js-client/lib.esm/node/')))
  const [entry] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint?.endsWith('index.ts'))
  const early = Object.keys(entry?.inputs ?? {})
  t.notOk(
    early.some((file) => file.includes('tus-js-client')),
    early.join('\n'),
  )
  t.ok((entry?.bytes ?? 0) < 40_000, `${entry?.bytes} bytes`)
})

t.test('a bundle that did would not be made', async (t) => {
  await t.rejects(bundle('node.ts'), { name: 'Error', message: /Could not resolve "node:fs"/ })
})
