import { randomBytes } from 'node:crypto'
import { uuidv7 } from '@tintype/domain'
import { type ReceivedMessage, verifyWebhook } from '@tintype/testkit'
import t from 'tap'
import { bodyOf } from '../../src/webhooks/message.ts'
import { signMessage } from '../../src/webhooks/sign.ts'

const secret = () => `whsec_${randomBytes(32).toString('base64')}`
const at = new Date('2027-01-02T03:04:05.678Z')

function signed(secrets: string[], change: Partial<ReceivedMessage['headers']> = {}): ReceivedMessage {
  const [id, timestamp] = [uuidv7(), String(Math.floor(Date.now() / 1000))]
  const text = bodyOf({ type: 'image.ready', at, imageId: uuidv7(), detail: {} })
  return {
    text,
    body: JSON.parse(text),
    headers: {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signMessage({ id, timestamp, body: text }, secrets),
      ...(change as Record<string, string>),
    },
  }
}

t.test('the reference library accepts a message, and nothing that was changed', async (t) => {
  const [mine, other] = [secret(), secret()]
  const message = signed([mine])
  t.doesNotThrow(() => verifyWebhook(mine, message))
  t.throws(() => verifyWebhook(other, message), /No matching signature/)
  t.throws(() => verifyWebhook(mine, { ...message, text: `${message.text} ` }), /No matching signature/)
  const headers = { ...message.headers, 'webhook-id': uuidv7() }
  t.throws(() => verifyWebhook(mine, { ...message, headers }), /No matching signature/)
})

t.test('with two secrets it accepts either', async (t) => {
  const [present, previous] = [secret(), secret()]
  const message = signed([present, previous])
  for (const one of [present, previous]) t.doesNotThrow(() => verifyWebhook(one, message))
  t.throws(() => verifyWebhook(secret(), message))
})

t.test('what a body says', async (t) => {
  const imageId = uuidv7()
  const linkId = uuidv7()
  const say = (fields: Omit<Parameters<typeof bodyOf>[0], 'at'>) => JSON.parse(bodyOf({ at, ...fields }))
  const timestamp = at.toISOString()
  t.same(say({ type: 'image.ready', imageId, detail: {} }), {
    ...{ type: 'image.ready', timestamp },
    data: { imageId, state: 'ready' },
  })
  const detail = { code: 'TT_IMAGE_CORRUPT', message: 'It is damaged.' } as const
  t.same(say({ type: 'image.failed', imageId, detail }), {
    ...{ type: 'image.failed', timestamp },
    data: { imageId, state: 'failed', error: detail },
  })
  t.same(say({ type: 'link.used', imageId, detail: { linkId } }).data, { imageId, linkId })
  t.same(say({ type: 'webhook.test', imageId: null, detail: {} }).data, {})
})
