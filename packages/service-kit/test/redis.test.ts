import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import { connectRedis, disconnectRedis } from '../src/index.ts'
import { recordLog } from './fixtures.ts'

t.test('a connection outlives its server, and logs each coming and going once', async (t) => {
  const server = await startTestRedis(t)
  await server.stop()
  const { log, lines, text } = recordLog('info')
  const redis = connectRedis(server.url, { maxRetriesPerRequest: null }, log)
  t.teardown(() => disconnectRedis(redis))
  let retries = 0
  redis.on('reconnecting', () => {
    retries += 1
  })
  await poll(() => retries >= 3)
  await server.start()
  t.equal(await redis.ping(), 'PONG')

  retries = 0
  await server.kill()
  await poll(() => retries >= 3)
  await server.start()
  t.equal(await redis.ping(), 'PONG')
  t.strictSame(
    lines.map((line) => line.level),
    [40, 30, 40, 30],
  )
  t.notMatch(text(), new URL(server.url).password, 'without its password')
})

t.test(
  'an answer is waited for no longer than told, and read however late this process comes to it',
  async (t) => {
    const server = await startTestRedis(t)
    const { log } = recordLog('info')
    const redis = connectRedis(server.url, { commandTimeout: 200, maxRetriesPerRequest: null }, log)
    t.teardown(() => disconnectRedis(redis))
    await redis.ping()

    const answer = redis.ping()
    await new Promise(setImmediate) // sent
    const until = Date.now() + 400
    while (Date.now() < until);
    t.equal(await answer, 'PONG')

    const other = connectRedis(server.url, {}, log)
    t.teardown(() => disconnectRedis(other))
    await other.call('CLIENT', 'PAUSE', '60000', 'ALL')
    await t.rejects(redis.ping(), { message: 'Redis did not answer within 200 ms' })
  },
)

t.test('a process ends once its connection is ended, connected or not', async (t) => {
  const server = await startTestRedis(t)
  const kit = new URL('../src/index.ts', import.meta.url).href
  const script = `
    import { connectRedis, createLogger, disconnectRedis } from '${kit}'
    const redis = connectRedis('${server.url}', {}, createLogger('test', 'silent'))
    redis.once(process.argv[1], () => disconnectRedis(redis))`
  const run = async (event: string) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, event], { stdio: 'inherit' })
    t.teardown(() => child.kill('SIGKILL'))
    return once(child, 'exit')
  }
  t.strictSame(await run('ready'), [0, null])
  await server.stop()
  t.strictSame(await run('reconnecting'), [0, null])
})
