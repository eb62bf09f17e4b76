import t from 'tap'
import { createObjectStore } from '../src/index.ts'

// Signing needs no server, so this tells where requests would go.
const ADDRESSES = {
  's3://KEY:SECRET@s3.amazonaws.com/bucket?region=eu-central-1':
    'https://bucket.s3.eu-central-1.amazonaws.com/',
  's3://KEY:SECRET@s3.amazonaws.com/bucket?region=us-east-1': 'https://bucket.s3.us-east-1.amazonaws.com/',
  's3://KEY:SECRET@localhost:9000/bucket': 'http://localhost:9000/bucket/',
  's3://KEY:SECRET@192.0.2.1:9000/bucket?tls=false': 'http://192.0.2.1:9000/bucket/',
  's3://KEY:SECRET@[2001:db8::1]:9000/bucket?tls=false': 'http://[2001:db8::1]:9000/bucket/',
  's3://KEY:SECRET@store.example/bucket': 'https://store.example/bucket/',
}

t.test('AWS by the bucket in the host, others by the bucket in the path', async (t) => {
  for (const [url, address] of Object.entries(ADDRESSES)) {
    const store = await createObjectStore(url)
    const signed = String(await store.presignGet('a/b c', { expiresInSeconds: 60 }))
    t.equal(signed.split('?')[0], `${address}a/b%20c`)
    t.notMatch(signed, 'SECRET')
    const policy = await store.presignPost('a', {
      expiresInSeconds: 60,
      contentType: 'image/png',
      maxBytes: 9,
    })
    t.equal(policy?.url, address.endsWith('bucket/') ? address.slice(0, -1) : address)
    store.close()
  }
})

t.test('a name that only a network of its own knows is told to nobody outside it', async (t) => {
  const url = 's3://KEY:SECRET@minio:9000/bucket?tls=false'
  const inside = await createObjectStore(url)
  const options = { expiresInSeconds: 60, contentType: 'image/png', maxBytes: 9 }
  t.equal(await inside.presignGet('a', options), undefined)
  t.equal(await inside.presignPost('a', options), undefined)
  const known = await createObjectStore(url, { publicUrl: 'https://files.example' })
  t.match(await known.presignGet('a', { expiresInSeconds: 60 }), 'https://files.example/bucket/a?')
  t.match(await known.presignPost('a', options), { url: 'https://files.example/bucket' })
})

t.test('a key of the bucket is never in another bucket', async (t) => {
  const store = await createObjectStore('s3://KEY:SECRET@store.example/bucket')
  await t.rejects(store.presignGet('../other/a', { expiresInSeconds: 60 }), TypeError)
  await t.rejects(
    store.presignPost('/a', { expiresInSeconds: 60, contentType: 'a/b', maxBytes: 9 }),
    TypeError,
  )
})
