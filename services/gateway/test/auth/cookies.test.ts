import { createClient, createUser, photo, startStack } from '@tintype/testkit'
import t from 'tap'

const stack = await startStack(t, { workers: 0, env: { CORS_ORIGINS: 'https://app.example' } })
const admin = await stack.signInAsAdmin()
const user = await createUser(admin, { tier: 'Enterprise' })
const { username, password } = user

/** A browser: it keeps cookies for their paths, and sends them, and an Origin, by itself. */
function openBrowser(url = stack.url, origin: string | undefined = url) {
  const jar = new Map<string, { value: string; path: string }>()
  const client = createClient(url)
  async function send<Body = { code?: string }>(method: string, path: string, body?: object, headers = {}) {
    const cookie = [...jar]
      .filter(([, { path: of }]) => path.startsWith(of))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
    const answer = await client.request<Body>(method, path, {
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(cookie === '' ? {} : { cookie }),
        ...(origin === undefined ? {} : { origin }),
        ...headers,
      },
    })
    for (const line of answer.headers.getSetCookie()) keep(line)
    return answer
  }
  function keep(line: string) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/expires=thu, 01 jan 1970/i.test(line)) jar.delete(name)
    else jar.set(name, { value, path: /path=([^;]+)/i.exec(line)?.[1] ?? '/' })
  }
  return { jar, send, signIn: () => send('POST', '/v1/auth/login', { username, password, cookie: true }) }
}

t.test('a login sets guarded cookies when it is asked to', async (t) => {
  const browser = openBrowser()
  const plain = await browser.send('POST', '/v1/auth/login', { username, password })
  t.strictSame(plain.headers.getSetCookie(), [])
  const answer = await browser.signIn()
  t.match(answer, { status: 200, body: { accessToken: String, refreshToken: String } })
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const [access = '', refresh = ''] = answer.headers.getSetCookie()
  t.match(access, /^tintype_access=ey.*; Max-Age=900; Path=\/; HttpOnly; SameSite=Strict$/)
  t.match(refresh, /^tintype_refresh=.*; Max-Age=2592000; Path=\/v1\/auth; HttpOnly; SameSite=Strict$/)
})

t.test('over HTTPS they are never sent without it', async (t) => {
  const secure = await stack.startGateway({ env: { PUBLIC_URL: 'https://pictures.example' } })
  const answer = await openBrowser(secure.url).signIn()
  for (const line of answer.headers.getSetCookie()) t.match(line, /; Secure/)
})

t.test('with them a browser reads, changes, refreshes and signs out', async (t) => {
  const browser = openBrowser()
  await browser.signIn()
  t.match(await browser.send('GET', '/v1/me'), { status: 200, body: { username } })
  t.equal((await browser.send('POST', '/v1/api-keys', { name: 'x', scopes: ['images:read'] })).status, 201)

  const before = browser.jar.get('tintype_refresh')?.value
  const answers = await Promise.all([1, 2, 3].map(() => browser.send('POST', '/v1/auth/refresh')))
  for (const { status } of answers) t.equal(status, 200, 'two tabs at once stay signed in')
  t.not(browser.jar.get('tintype_refresh')?.value, before)
  t.equal((await browser.send('POST', '/v1/auth/refresh', {})).status, 200)
  t.equal((await browser.send('GET', '/v1/me')).status, 200)

  const copy = new Map(browser.jar)
  t.equal((await browser.send('POST', '/v1/auth/logout')).status, 204)
  t.equal(browser.jar.size, 0, 'and the cookies are gone')
  for (const [name, cookie] of copy) browser.jar.set(name, cookie)
  t.equal((await browser.send('GET', '/v1/me')).status, 401)
  t.match(await browser.send('POST', '/v1/auth/refresh'), { status: 401, body: { code: 'TT_SESSION_ENDED' } })
})

t.test('a refresh with a token in its body sets no cookies', async (t) => {
  const browser = openBrowser()
  const { body } = await browser.send<{ refreshToken: string }>('POST', '/v1/auth/login', {
    username,
    password,
  })
  const answer = await browser.send('POST', '/v1/auth/refresh', { refreshToken: body.refreshToken })
  t.equal(answer.status, 200)
  t.strictSame(answer.headers.getSetCookie(), [])
  t.match(
    await openBrowser().send('POST', '/v1/auth/refresh'),
    { status: 401 },
    'nor is there one without either',
  )
})

t.test('what changes something must come from a page of ours', async (t) => {
  const browser = openBrowser(stack.url, '')
  await browser.signIn()
  const post = (path: string, headers: object) => browser.send('POST', path, undefined, headers)
  for (const headers of [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }]) {
    for (const path of ['/v1/auth/logout', '/v1/auth/refresh', '/v1/images/x/links']) {
      t.match(await post(path, headers), { status: 403, body: { code: 'TT_ORIGIN_MISMATCH' } }, path)
    }
  }
  t.equal((await browser.send('GET', '/v1/me', undefined, { origin: 'https://evil.example' })).status, 200)
  for (const origin of [stack.url, 'https://app.example']) {
    t.equal((await post('/v1/auth/refresh', { origin })).status, 200, origin)
  }
  // Authorization says it itself: no browser adds it.
  const { value } = browser.jar.get('tintype_access') ?? { value: '' }
  const bearer = { authorization: `Bearer ${value}`, origin: 'https://evil.example' }
  t.equal((await browser.send('DELETE', '/v1/links/x', undefined, bearer)).status, 404)
  for (const authorization of ['Bearer', 'Bearer x', 'Basic eDp5', 'x']) {
    const answer = await browser.send('GET', '/v1/me', undefined, { authorization })
    t.equal(answer.status, 401, 'and what it says wins over a cookie')
  }
})

t.test('links take the same cookie, through the gateway', async (t) => {
  const image = await user.client.uploadOne({
    filename: 'a.jpg',
    bytes: await photo({ width: 64, height: 48 }),
  })
  const browser = openBrowser()
  await browser.signIn()
  const path = `/v1/images/${image.id}/links`
  t.equal((await browser.send('POST', path, { target: 'original' })).status, 201)
  t.match(await browser.send('GET', path), { status: 200, body: { items: [{ target: 'original' }] } })
  t.equal(
    (await browser.send('POST', path, { target: 'original' }, { origin: 'https://app.example' })).status,
    201,
  )
  const foreign = await browser.send('POST', path, { target: 'original' }, { origin: 'https://evil.example' })
  t.match(foreign, { status: 403, body: { code: 'TT_ORIGIN_MISMATCH' } })
  const key = await browser.send<{ key: string }>('POST', '/v1/api-keys', {
    name: 'l',
    scopes: ['links:write'],
  })
  const program = createClient(stack.url, key.body.key)
  t.equal((await program.post(path, { target: 'original' })).status, 201, 'and API keys')
  t.match(await program.get(path), { status: 403, body: { code: 'TT_SCOPE_MISSING' } })
})

t.test('pages of other origins send credentials where they are allowed', async (t) => {
  const ask = async (origin: string) =>
    (
      await createClient(stack.url).request('OPTIONS', '/v1/images', {
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    ).headers
  t.equal((await ask('https://app.example')).get('access-control-allow-credentials'), 'true')
  t.equal((await ask('https://evil.example')).get('access-control-allow-credentials'), null)
  const answer = await createClient(stack.url).get('/healthz', { headers: { origin: 'https://app.example' } })
  t.match(answer.headers.get('access-control-expose-headers'), /RateLimit-Limit/)
})

t.test('no log holds a token', async (t) => {
  for (const { logs } of [stack.gateway, stack.links]) {
    t.notMatch(JSON.stringify(logs), /eyJ[\w-]{10,}\.|ttk_[\w-]{20,}|tintype_(access|refresh)=/)
  }
})
