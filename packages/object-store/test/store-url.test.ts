import t from 'tap'
import { createObjectStore, InvalidStoreUrl, parsePublicUrl, parseStoreUrl } from '../src/index.ts'

const credentials = { accessKeyId: 'KEY', secretAccessKey: 'SECRET' }

t.test('S3', async (t) => {
  const cases: Record<string, object> = {
    's3://KEY:SECRET@minio:9000/bucket?tls=false': {
      kind: 's3',
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      bucket: 'bucket',
      credentials,
    },
    's3://KEY:SECRET@store.example/bucket/?region=eu-central-1': {
      kind: 's3',
      endpoint: 'https://store.example',
      region: 'eu-central-1',
      bucket: 'bucket',
      credentials,
    },
    's3://KEY:SECRET@127.0.0.1:8000/my.bucket-1': {
      kind: 's3',
      endpoint: 'http://127.0.0.1:8000',
      region: 'us-east-1',
      bucket: 'my.bucket-1',
      credentials,
    },
    's3://K%2FEY:S%2B%40%3A%2F%25@[::1]:8000/bucket?tls=true': {
      kind: 's3',
      endpoint: 'https://[::1]:8000',
      region: 'us-east-1',
      bucket: 'bucket',
      credentials: { accessKeyId: 'K/EY', secretAccessKey: 'S+@:/%' },
    },
    's3://LOCALHOST/bucket': {
      kind: 's3',
      endpoint: 'http://localhost',
      region: 'us-east-1',
      bucket: 'bucket',
      credentials: undefined,
    },
    's3://s3.amazonaws.com/bucket?region=eu-central-1': {
      kind: 's3',
      endpoint: undefined,
      region: 'eu-central-1',
      bucket: 'bucket',
      credentials: undefined,
    },
  }
  for (const [url, location] of Object.entries(cases)) t.strictSame(parseStoreUrl(url), location, url)
})

t.test('folders', async (t) => {
  t.strictSame(parseStoreUrl('file:///var/lib/tintype'), { kind: 'file', root: '/var/lib/tintype' })
  t.strictSame(parseStoreUrl('file:///a%20b/%C3%BC/'), { kind: 'file', root: '/a b/ü' })
})

t.test('errors say what is wrong and do not show the secret', async (t) => {
  const cases: Record<string, RegExp> = {
    '': /must look like/,
    'http://KEY:hunter2@host/bucket': /must look like/,
    's3:KEY:hunter2': /must look like/,
    's3://KEY:hun/ter2@host/bucket': /percent-encoded/,
    's3://KEY:hunter2@host:x/bucket': /percent-encoded/,
    's3://KEY:hunter2@host/bucket#x': /percent-encoded/,
    's3://KEY:hunter2%ZZ@host/bucket': /percent-encoded correctly/,
    's3://KEY:hunter2@host': /bucket/,
    's3://KEY:hunter2@host/': /bucket/,
    's3://KEY:hunter2@host/Bucket': /bucket/,
    's3://KEY:hunter2@host/bucket/folder': /bucket/,
    's3://KEY:hunter2@host/bucket?tls=1': /tls must be/,
    's3://KEY:hunter2@host/bucket?region=': /region/,
    's3://KEY:hunter2@host/bucket?region=a/b': /region/,
    's3://KEY:hunter2@host/bucket?secret=hunter2': /option other than/,
    's3://:hunter2@host/bucket': /secret without a key/,
    's3://hunter2@host/bucket': /key without a secret/,
    's3://KEY:hunter2@s3.amazonaws.com/bucket': /region/,
    's3://KEY:hunter2@s3.amazonaws.com/bucket?region=x&tls=false': /tls=false/,
    's3:///bucket': /host|URL/,
    'file://relative/path': /file:\/\/\/absolute/,
    'file:relative': /file:\/\/\/absolute/,
    'file:///': /root of the file system/,
    'file:////': /root of the file system/,
    'file:///a/../..': /root of the file system/,
    'file:///a?b': /file:\/\/\/absolute/,
    'file:///a%2Fb': /percent-encoded/,
  }
  for (const [url, message] of Object.entries(cases)) {
    try {
      parseStoreUrl(url)
      t.fail(`${url} was accepted`)
    } catch (error) {
      t.type(error, InvalidStoreUrl, url)
      t.match(error, { code: 'TT_INVALID_STORE_URL', message }, url)
      t.notMatch(`${error} ${JSON.stringify(error)}`, /hun\/?ter/, 'no secret')
    }
  }
})

t.test('the public address', async (t) => {
  t.equal(parsePublicUrl('https://files.example'), 'https://files.example')
  t.equal(parsePublicUrl('http://127.0.0.1:9000/'), 'http://127.0.0.1:9000')
  for (const url of ['', 'files.example', 'ftp://files.example', 'https://a:b@files.example']) {
    t.throws(() => parsePublicUrl(url), InvalidStoreUrl, url)
  }
  for (const url of ['https://files.example/path', 'https://files.example/?a', 'https://files.example/#a']) {
    t.throws(() => parsePublicUrl(url), InvalidStoreUrl, url)
  }
  await t.rejects(createObjectStore('s3://host/bucket', { publicUrl: 'nonsense' }), InvalidStoreUrl)
  await t.rejects(createObjectStore('nonsense'), InvalidStoreUrl)
})
