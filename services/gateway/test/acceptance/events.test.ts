import { createUser, photo, poll } from '@tintype/testkit'
import t from 'tap'
import { readEvents } from '../events/read-events.ts'
import { sharedStack } from './stack.ts'

t.test('an upload is told of by the gateway, and what becomes of it by the worker', async (t) => {
  const stack = await sharedStack()
  const admin = await stack.signInAsAdmin()
  const { client } = await createUser(admin, { tier: 'Premium' })
  const stream = await readEvents(t, stack.url, { token: client.accessToken ?? '' })
  const whole = await photo({ width: 90, height: 60 })
  const [good, bad] = [
    await client.uploadOne({ filename: 'a.jpg', bytes: whole }),
    await client.uploadOne({ filename: 'b.jpg', bytes: whole.subarray(0, whole.length - 200) }),
  ]
  const toldOf = (imageId: string) =>
    stream.events
      .filter(({ data }) => data.imageId === imageId)
      .map(({ event, data }) => ({ event, state: data.state, error: data.error }))
  await poll(() => toldOf(bad.id).length === 2)
  t.match(toldOf(bad.id), [
    { event: 'image.created', state: 'pending' },
    { event: 'image.failed', state: 'failed', error: { code: 'TT_IMAGE_CORRUPT', message: /./ } },
  ])
  // The conversions of its tier.
  await poll(() => toldOf(good.id).some(({ event }) => event === 'image.changed'))
  t.match(toldOf(good.id).slice(0, 2), [
    { event: 'image.created', state: 'pending' },
    { event: 'image.ready', state: 'ready', error: undefined },
  ])
  await client.post('/v1/auth/logout')
  await stream.ended
  t.equal((await client.get('/v1/events')).status, 401)
})
