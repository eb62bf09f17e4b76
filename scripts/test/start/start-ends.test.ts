import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { until } from '../scratch.ts'
import { childrenOf, dataFolder, launch } from './launcher.ts'

t.test('a port that is asked for and taken is an error, before anything starts', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const launcher = launch(t, dataFolder(t), { PORT: String(port) })
  t.equal(await launcher.ended(), 1)
  t.same(launcher.lines, [`Port ${port} is taken by another program: set PORT to a free one.`])
})

t.test('a setting that is wrong ends the start with the words of the service', async (t) => {
  const dataDir = dataFolder(t)
  const launcher = launch(t, dataDir, { LOG_LEVEL: 'nonsense' })
  t.equal(await launcher.ended(), 1)
  t.ok(launcher.lines.some((line) => line.includes('LOG_LEVEL')))
  t.same(childrenOf(dataDir), [])
})

t.test('one that is stopped while it starts leaves nothing behind', async (t) => {
  const dataDir = dataFolder(t)
  const launcher = launch(t, dataDir)
  await until('the first child', () => childrenOf(dataDir).length > 0)
  launcher.signal('SIGINT')
  t.equal(await launcher.ended(), 0)
  t.same(childrenOf(dataDir), [])
})
