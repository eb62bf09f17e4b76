import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { freePort, holdFirstFree, holdPort } from '../../stores/free-port.ts'

/** A container may have none. */
const loopback = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
const IPV6 = loopback.some(({ address }) => address === '::1') ? ['::', '::1'] : []

function listen(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

t.test('a private port can be listened on, and lies below those the system hands out', async (t) => {
  const port = await freePort()
  t.ok(port >= 20_000 && port < 32_768)
  const server = await listen(port, '127.0.0.1')
  t.teardown(() => server.close())
})

t.test('whoever listens, on one address or on all, has the port', async (t) => {
  for (const host of ['127.0.0.1', '0.0.0.0', ...IPV6]) {
    const port = await freePort()
    const server = await listen(port, host)
    t.equal(await holdPort(port), undefined, `taken on ${host}`)
    t.equal(await holdPort(port, 'localhost'), undefined, `taken on ${host}, for localhost`)
    await new Promise((resolve) => server.close(resolve))
    for (const wanted of ['127.0.0.1', '0.0.0.0', 'localhost', ...IPV6]) {
      const held = await holdPort(port, wanted)
      t.equal(held?.port, port, `free again, for ${wanted}`)
      await held?.release()
    }
  }
})

t.test('the first free one is the next after those that are taken or held', async (t) => {
  const taken = await freePort()
  const server = await listen(taken, '127.0.0.1')
  t.teardown(() => server.close())
  const first = await holdFirstFree(taken)
  const second = await holdFirstFree(taken)
  t.ok(first.port > taken)
  t.ok(second.port > first.port, 'a held port is not chosen twice')
  await first.release()
  const again = await holdFirstFree(taken)
  t.equal(again.port, first.port)
  await Promise.all([second.release(), again.release()])
})
