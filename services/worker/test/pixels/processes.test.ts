import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { originalKey, RENDITIONS_PREFIX, uuidv7 } from '@tintype/domain'
import { photo, poll } from '@tintype/testkit'
import t from 'tap'
import { importConditions } from '../../src/pixels/decoder.ts'
import { decoderEnvironment } from '../../src/pixels/decoder-environment.ts'
import { createLab, isAlive, keysUnder } from './pool-of.ts'

const POOL = new URL('../../src/pixels/pool.ts', import.meta.url).href

t.test('nothing that the parent imports loads a decoder', async (t) => {
  const report = `
    await import(${JSON.stringify(POOL)})
    const { sharedObjects } = process.report.getReport()
    console.log(JSON.stringify(sharedObjects.filter((path) => /sharp|vips/.test(path))))`
  const child = spawnScript(report)
  const [line] = await once(createInterface(child.stdout), 'line')
  t.equal(line, '[]')
})

t.test('children do not outlive a parent that was killed, whatever they were at', async (t) => {
  const { store, childEnv, jobFor } = await createLab(t)
  const slow = await jobFor(await photo({ width: 4000, height: 3000, progressive: true }))
  const script = `
    import { createDecoderPool } from ${JSON.stringify(POOL)}
    const pool = createDecoderPool({ size: 2, megapixelBudget: 99, childEnv: ${JSON.stringify(childEnv)}, log: console })
    const slow = ${JSON.stringify(slow)}
    const missing = { ...slow, originalKey: ${JSON.stringify(originalKey(uuidv7()))} }
    await Promise.all([pool.derive(missing), pool.derive(missing)])
    pool.derive(slow)
    console.log(JSON.stringify(pool.children()))`
  const parent = spawnScript(script)
  const [line] = await once(createInterface(parent.stdout), 'line')
  const pids: number[] = JSON.parse(line)
  t.equal(pids.length, 2, 'one is idle, one decodes')
  parent.kill('SIGKILL')
  for (const pid of pids) await poll(() => !isAlive(pid), { waitingFor: `the end of ${pid}` })
  t.same(await keysUnder(store, RENDITIONS_PREFIX), [], 'the orphan did not go on')
})

function spawnScript(script: string) {
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

t.test('a child’s environment holds what a decoder needs, and no secret of the service', async (t) => {
  t.same(
    decoderEnvironment({
      STORE_URL: 'file:///somewhere',
      PATH: '/bin',
      AWS_ROLE_ARN: 'arn',
      NODE_OPTIONS: '--trace-warnings',
      https_proxy: 'http://proxy',
      DATABASE_URL: 'postgres://user:secret@host',
      REDIS_URL: 'redis://host',
      JWT_PRIVATE_KEY: 'secret',
      LINK_SIGNING_KEYS: 'secret',
      WEBHOOK_ENCRYPTION_KEYS: 'secret',
      ADMIN_PASSWORD: 'secret',
    }),
    {
      STORE_URL: 'file:///somewhere',
      PATH: '/bin',
      AWS_ROLE_ARN: 'arn',
      NODE_OPTIONS: '--trace-warnings',
      https_proxy: 'http://proxy',
    },
  )
})

t.test('a child inherits how imports are resolved, and no debugger', async (t) => {
  t.same(importConditions(['--conditions=compiled', '--inspect=9229']), ['--conditions=compiled'])
  t.same(importConditions(['--watch', '-C', 'compiled', '--import', 'x']), ['-C', 'compiled'])
  t.same(importConditions(['--conditions', 'compiled']), ['--conditions', 'compiled'])
  t.same(importConditions([]), [])
})
