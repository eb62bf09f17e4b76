import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { allowsAnybody } from '../../stores/bucket.ts'
import { parseStoreUrl } from '../../stores/store-url.ts'

t.test('a policy is known to let anybody in, however it is written', async (t) => {
  const policy = (statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement: statement })
  t.equal(allowsAnybody(policy([{ Effect: 'Allow', Principal: '*' }])), true)
  t.equal(allowsAnybody(policy({ Effect: 'Allow', Principal: { AWS: '*' } })), true)
  t.equal(allowsAnybody(policy([{ Effect: 'Allow', Principal: { AWS: ['arn:x', '*'] } }])), true)
  t.equal(allowsAnybody(policy([{ Effect: 'Deny', Principal: '*' }])), false)
  t.equal(allowsAnybody(policy([{ Effect: 'Allow', Principal: { AWS: ['arn:x'] } }])), false)
})

t.test('reads STORE_URL', async (t) => {
  t.same(parseStoreUrl('s3://KEY:a%2Fb@minio:9000/pictures?region=eu-west-1&tls=false'), {
    host: 'minio',
    port: 9000,
    tls: false,
    region: 'eu-west-1',
    bucket: 'pictures',
    accessKey: 'KEY',
    secretKey: 'a/b',
  })
  t.match(parseStoreUrl('s3://K:S@127.0.0.1:9000/abc'), { tls: false, region: 'us-east-1' })
  t.match(parseStoreUrl('s3://K:S@store.example/abc'), { tls: true, port: 443 })
})

t.test('says what is wrong with STORE_URL, and never the secret', async (t) => {
  const wrong = {
    'not a url': /not a URL/,
    'https://K:hush@host/bucket': /not of s3/,
    's3://K:hush@host:9000/': /a bucket/,
    's3://host:9000/bucket': /no key and secret/,
  }
  for (const [text, message] of Object.entries(wrong)) {
    const error = t.throws(() => parseStoreUrl(text), { message }) as Error
    t.notMatch(error.message, 'hush')
  }
})

t.test('the set-up command needs no bucket for a folder, and says what it lacks', async (t) => {
  const program = fileURLToPath(new URL('../../setup-bucket.ts', import.meta.url))
  const setUp = (storeUrl: string) =>
    spawnSync(process.execPath, [program], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, STORE_URL: storeUrl },
    })
  t.match(setUp('file:///somewhere'), { status: 0, stdout: /no bucket/ })
  t.match(setUp('s3://K:S@host'), { status: 1, stderr: /does not name a host and a bucket/ })
})
