import { createClient, createUser, photo, poll, startWebhookReceiver, verifyWebhook } from '@tintype/testkit'
import t from 'tap'
import { sharedStack } from './stack.ts'

t.test('a receiver is told what becomes of pictures, as it happens', async (t) => {
  const stack = await sharedStack()
  const receiver = await startWebhookReceiver(t, { host: '127.0.0.2' })
  const { client } = await createUser(await stack.signInAsAdmin(), { tier: 'Enterprise' })
  const types = ['image.ready', 'image.failed', 'image.deleted', 'link.used']
  const made = await client.post<{ id: string; secret: string }>('/v1/webhooks', { url: receiver.url, types })
  t.equal(made.status, 201)
  const told = (type: string) =>
    poll(() => receiver.received.find(({ body }) => body.type === type), { waitingFor: type })

  await client.post(`/v1/webhooks/${made.body.id}/test`)
  await told('webhook.test')
  const { id } = await client.uploadOne({ filename: 'a.jpg', bytes: await photo({ width: 90, height: 60 }) })
  t.match((await told('image.ready')).body.data, { imageId: id, state: 'ready' })
  const cut = (await photo({ width: 900, height: 600 })).subarray(0, 2000)
  const bad = await client.uploadOne({ filename: 'b.jpg', bytes: cut })
  t.match((await told('image.failed')).body.data, {
    ...{ imageId: bad.id, state: 'failed', error: { code: /^TT_/, message: /./ } },
  })
  const link = await client.post<{ id: string; url: string }>(`/v1/images/${id}/links`, {
    target: 'original',
  })
  t.equal((await createClient(stack.url).get(new URL(link.body.url).pathname)).status, 200)
  t.match((await told('link.used')).body.data, { imageId: id, linkId: link.body.id })
  await client.delete(`/v1/images/${id}`)
  t.match((await told('image.deleted')).body.data, { imageId: id, state: 'deleted' })
  for (const message of receiver.received) t.doesNotThrow(() => verifyWebhook(made.body.secret, message))

  await poll(async () => {
    const { body } = await client.get<{ items: { state: string }[] }>(
      `/v1/webhooks/${made.body.id}/deliveries`,
    )
    return body.items.length === 5 && body.items.every(({ state }) => state === 'delivered')
  })
  const [worker] = stack.workers
  const metrics = await (await fetch(`${worker?.url}/metrics`)).text()
  t.match(metrics, /^tintype_webhook_attempts_total\{outcome="delivered",service="worker"\} \d+$/m)
  t.notMatch(
    JSON.stringify(stack.workers.flatMap(({ logs }) => logs)),
    receiver.url,
    'no log holds its address',
  )
})
