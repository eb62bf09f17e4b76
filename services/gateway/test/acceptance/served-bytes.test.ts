import { createClient, createUser, photo } from '@tintype/testkit'
import t from 'tap'
import { sharedStack } from './stack.ts'

/** What a browser does with what it is sent, whoever made it: it runs none of it. */
const SANDBOX = /^default-src 'none'; sandbox$/
const API = "default-src 'none'; frame-ancestors 'none'"

const stack = await sharedStack()
const admin = await stack.signInAsAdmin()
const { client } = await createUser(admin, { tier: 'Enterprise', role: 'admin' })
const anybody = createClient(stack.url)

/** A photograph that is a page as well: decoders skip a comment, and a browser that guesses finds markup. */
async function pageInPicture(): Promise<Buffer> {
  const jpeg = await photo({ width: 90, height: 60 })
  const markup = '<!doctype html><script>alert(document.domain)</script>'
  const comment = Buffer.alloc(4)
  comment.writeUInt16BE(0xfffe)
  comment.writeUInt16BE(markup.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), comment, Buffer.from(markup), jpeg.subarray(2)])
}

t.test('a picture that is also a page is served as a picture, wherever it is', async (t) => {
  const bytes = await pageInPicture()
  const { id } = await client.uploadOne({ filename: 'page.html', contentType: 'text/html', bytes })
  const image = await client.waitUntilSettled(id)
  t.equal(image.state, 'ready')
  const link = await client.post<{ url: string }>(`/v1/images/${id}/links`, { target: 'original' })
  const ownLink = await client.post<{ url: string }>(`/v1/images/${id}/links`, {
    ...{ target: 'original', filename: 'page.html' },
  })
  const { pathname } = new URL(link.body.url)
  const served = {
    original: await client.get(`/v1/images/${id}/original`),
    'original, saved': await client.get(`/v1/images/${id}/original?download=true`),
    'original, as a page': await client.get(`/v1/images/${id}/original?filename=page.html`, {
      headers: { accept: 'text/html' },
    }),
    'a part of it': await client.get(`/v1/images/${id}/original`, { headers: { range: 'bytes=4-60' } }),
    thumbnail: await client.get(`/v1/images/${id}/thumbnails/200`),
    conversion: await client.get(`/v1/images/${id}/conversions/png`),
    link: await anybody.get(pathname),
    'link, at the service itself': await anybody.get(`${stack.links.url}${pathname}`),
    'link with a name': await anybody.get(new URL(ownLink.body.url).pathname),
  }
  for (const [what, { status, headers }] of Object.entries(served)) {
    t.match(status, what === 'conversion' ? /^20[02]$/ : /^20[06]$/, what)
    if (status === 202) continue
    t.match(headers.get('content-type'), /^image\/(jpeg|png)$/, what)
    t.equal(headers.get('x-content-type-options'), 'nosniff', what)
    t.match(headers.get('content-security-policy'), SANDBOX, what)
    const isNamed = /saved|as a page|with a name/.test(what)
    t.match(headers.get('content-disposition'), isNamed ? /^attachment; / : /^inline; /, what)
    // Kept under a page's name, it would be one: a browser that opens a file goes by its name.
    t.notMatch(headers.get('content-disposition'), /\.html\b(?!\.jpg)/, what)
  }
  t.notOk(served.thumbnail.bytes.includes('script'), 'what is derived has nothing of it')
})

t.test('an archive is saved, and nothing else', async (t) => {
  const { body } = await client.post<{ url: string }>('/v1/archives', { all: true, rendition: 'original' })
  const { status, headers } = await anybody.get(body.url)
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'application/zip')
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  t.match(headers.get('content-security-policy'), SANDBOX)
  t.match(headers.get('content-disposition'), /^attachment; filename="original-[\d-]+\.zip"/)
  t.equal(headers.get('referrer-policy'), 'no-referrer')
})

t.test('what is no page is none, and pages take nothing from elsewhere', async (t) => {
  for (const path of ['/v1/me', '/v1/nothing', '/healthz', '/metrics', '/l/x']) {
    const { headers } = await client.get(path)
    t.equal(headers.get('content-security-policy'), API, path)
    t.equal(headers.get('x-content-type-options'), 'nosniff', path)
  }
  const page = await client.get('/', { headers: { accept: 'text/html' } })
  const assets = [...page.bytes.toString().matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(
    ([, path]) => path ?? '',
  )
  t.ok(assets.length > 1, 'the console names its files')
  for (const path of ['/', '/docs/', '/admin/queues', ...assets]) {
    const { status, headers } = await client.get(path, { headers: { accept: 'text/html' } })
    t.equal(status, 200, path)
    t.equal(headers.get('x-content-type-options'), 'nosniff', path)
    const policy = headers.get('content-security-policy') ?? ''
    t.match(policy, /default-src '(self|none)'/, path)
    t.match(policy, /frame-ancestors '(self|none)'/, path)
    t.notMatch(policy, /script-src[^;]*unsafe|\*|https?:/, path)
    if (headers.get('content-type')?.startsWith('text/html')) t.match(policy, /object-src 'none'/, path)
  }
})
