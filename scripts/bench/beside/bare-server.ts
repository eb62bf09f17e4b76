// The limit of sending: a route that streams one object with no check, and 404 for all else.

import { createObjectStore } from '@tintype/object-store'
import { fastify } from 'fastify'

const { STORE_URL = '', OBJECT_KEY = '', PORT = '' } = process.env
const store = await createObjectStore(STORE_URL)
const app = fastify()
app.get('/object', async (_request, reply) => {
  const object = await store.get(OBJECT_KEY)
  if (object === undefined) return reply.code(404).send()
  return reply.type('image/jpeg').header('content-length', object.bytes).send(object.body)
})
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
