import { poll, startTestRedis } from '@tintype/testkit'
import t from 'tap'
import {
  connectRedis,
  createAnnouncer,
  createLogger,
  disconnectRedis,
  LISTENER_REDIS,
  listenToAnnouncements,
} from '../src/index.ts'

t.test('who listens hears what is announced, also after Redis was away', async (t) => {
  const log = createLogger('test', 'silent')
  const server = await startTestRedis(t)
  await server.stop()
  const [sender, receiver] = [{ enableOfflineQueue: false }, LISTENER_REDIS].map((options) => {
    const redis = connectRedis(server.url, options, log)
    t.teardown(() => disconnectRedis(redis))
    return redis
  })
  if (sender === undefined || receiver === undefined) throw new Error('no connections')
  const heard: string[] = []
  const listener = {
    imagesChanged: (ids: string[]) => void heard.push(`images ${ids.join()}`),
    accessChanged: (ids: string[]) => void heard.push(`access ${ids.join()}`),
  }
  listenToAnnouncements(receiver, listener, log)
  const announcer = createAnnouncer(sender, log)
  announcer.imagesChanged('while it is away')

  for (let round = 0; round < 2; round++) {
    await server.start()
    const marker = `round ${round}`
    await poll(() => {
      announcer.imagesChanged(marker)
      return heard.includes(`images ${marker}`)
    })
    heard.length = 0
    announcer.accessChanged('a')
    announcer.imagesChanged()
    await sender.publish('tintype:images-changed', 'no JSON')
    announcer.imagesChanged('b', 'c')
    await poll(() => heard.includes('images b,c'))
    t.strictSame(
      heard.filter((one) => one !== `images ${marker}`),
      ['access a', 'images ', 'images b,c'],
    )
    await server.kill()
    await poll(() => sender.status !== 'ready' && receiver.status !== 'ready')
    announcer.imagesChanged('lost')
  }
  t.notOk(heard.some((one) => one.endsWith('lost') || one.endsWith('away')))
})
