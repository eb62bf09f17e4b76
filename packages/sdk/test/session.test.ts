import t from 'tap'
import { createClient, type Tokens } from '../src/index.ts'
import { startServer } from './server.ts'
import { sharedStack, someone } from './stack.ts'

const stack = await sharedStack()

/** The platform's own, and how often each path was asked for. */
function countingFetch() {
  const counts = new Map<string, number>()
  const counting: typeof fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    counts.set(pathname, (counts.get(pathname) ?? 0) + 1)
    return fetch(input, init)
  }
  return { fetch: counting, refreshes: () => counts.get('/v1/auth/refresh') ?? 0 }
}

/** The tokens of somebody who has signed in. */
async function tokensOf() {
  const { user } = await someone()
  let tokens: Tokens | undefined
  const client = createClient({
    baseUrl: stack.url,
    onTokens: (next) => {
      tokens = next
    },
  })
  await client.login(user.username, user.password)
  const { accessToken = '', refreshToken = '' } = tokens ?? {}
  return { accessToken, refreshToken }
}

t.test('a session is carried on once, however many find their token refused', async (t) => {
  const { refreshToken } = await tokensOf()
  const { fetch, refreshes } = countingFetch()
  const kept: (Tokens | undefined)[] = []
  const client = createClient({
    baseUrl: stack.url,
    token: 'gone',
    refreshToken,
    fetch,
    onTokens: (tokens) => kept.push(tokens),
  })
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.me()))
  t.equal(new Set(answers.map(({ id }) => id)).size, 1)
  t.equal(refreshes(), 1)
  t.equal(kept.length, 1)
  t.not(kept[0]?.refreshToken, refreshToken)
})

t.test('it is carried on before its token runs out', async (t) => {
  const { accessToken, refreshToken } = await tokensOf()
  const { fetch, refreshes } = countingFetch()
  const client = createClient({
    baseUrl: stack.url,
    token: accessToken,
    refreshToken,
    tokenExpiresAt: Date.now() + 5000,
    fetch,
  })
  await Promise.all([client.me(), client.images.list().page()])
  t.equal(refreshes(), 1)
  await client.me()
  t.equal(refreshes(), 1, 'and then has time again')
})

/** What a browser does for a page: it keeps cookies, and sends them where they belong. */
function createBrowser() {
  const cookies = new Map<string, { value: string; path: string }>()
  const bodies: string[] = []
  const browsing: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname, origin } = new URL(request.url)
    if (pathname === '/v1/auth/refresh') bodies.push(await request.clone().text())
    const sent = [...cookies].filter(([, { path }]) => pathname.startsWith(path))
    request.headers.set('cookie', sent.map(([name, { value }]) => `${name}=${value}`).join('; '))
    request.headers.set('origin', origin)
    const response = await fetch(request)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, { value, path: /; *path=([^;]*)/i.exec(line)?.[1] ?? '/' })
    }
    return response
  }
  return { fetch: browsing, cookies, bodies }
}

t.test('in a page the cookies carry the session on, again and again', async (t) => {
  const { user } = await someone()
  const browser = createBrowser()
  const told: unknown[] = []
  const client = createClient({
    baseUrl: stack.url,
    cookies: true,
    fetch: browser.fetch,
    onTokens: (tokens) => told.push(tokens),
  })
  await client.login(user.username, user.password)
  for (let quarters = 0; quarters < 3; quarters += 1) {
    // As its age has it.
    t.ok(browser.cookies.delete('tintype_access'))
    t.match(await client.me(), { username: user.username })
  }
  t.strictSame(browser.bodies, ['', '', ''], 'asked for by the cookie alone')
  t.strictSame(told, [], 'and no script has seen a token')
})

t.test('who signs in or out while tokens are exchanged has the last word', async (t) => {
  let answer: () => void = () => undefined
  const asked = Promise.withResolvers<void>()
  const { url } = await startServer(t, (request, response) => {
    const of = (name: string) => JSON.stringify({ accessToken: name, refreshToken: name, expiresIn: 900 })
    if (request.url === '/v1/auth/login') return response.end(of('mine'))
    if (request.url === '/v1/auth/logout') return response.writeHead(204).end()
    if (request.url === '/v1/me' && request.headers.authorization !== 'Bearer gone') return response.end('{}')
    if (request.url !== '/v1/auth/refresh') return response.writeHead(401).end()
    answer = () => response.end(of('of before'))
    return asked.resolve()
  })
  const kept: (string | undefined)[] = []
  const client = createClient({
    baseUrl: url,
    token: 'gone',
    refreshToken: 'gone',
    onTokens: (tokens) => kept.push(tokens?.accessToken),
  })
  const renewing = client.me()
  await asked.promise
  await client.login('me', 'password')
  answer()
  await renewing
  t.strictSame(kept, ['mine'])
})

t.test('what another has carried on is read anew', async (t) => {
  const tokens = await tokensOf()
  const { fetch, refreshes } = countingFetch()
  const client = createClient({
    baseUrl: stack.url,
    token: 'gone',
    refreshToken: 'gone',
    reloadTokens: () => tokens,
    fetch,
  })
  await client.me()
  t.equal(refreshes(), 0)
})

t.test('a session that is over is said to be', async (t) => {
  const kept: (Tokens | undefined)[] = []
  const client = createClient({
    baseUrl: stack.url,
    token: 'gone',
    refreshToken: 'gone',
    onTokens: (tokens) => kept.push(tokens),
  })
  await t.rejects(client.me(), { code: 'TT_UNAUTHORIZED', statusCode: 401 })
  t.strictSame(kept, [undefined])
  await t.rejects(client.login('nobody', 'nothing'), { code: /^TT_/, statusCode: 401 })
})

t.test('signing out ends the session everywhere', async (t) => {
  const tokens = await tokensOf()
  const client = createClient({ baseUrl: stack.url, token: tokens.accessToken })
  const other = createClient({ baseUrl: stack.url, token: tokens.accessToken })
  t.equal((await client.sessions.list()).filter(({ current }) => current).length, 1)
  await client.logout()
  await t.rejects(other.me(), { code: /^TT_/, statusCode: 401 })
})

t.test('an API key stands for its scopes, and makes nothing of sessions', async (t) => {
  const { client: owner } = await someone()
  const { key } = await owner.apiKeys.create({ name: 'reader', scopes: ['images:read'] })
  const { fetch, refreshes } = countingFetch()
  const client = createClient({ baseUrl: `${stack.url}/`, apiKey: key, fetch })
  t.strictSame((await client.images.list().page()).items, [])
  await t.rejects(client.images.upload(new Blob(['x'])), {
    code: 'TT_SCOPE_MISSING',
    details: { scope: 'images:write' },
  })
  const [listed] = await owner.apiKeys.list()
  await owner.apiKeys.delete(listed?.id ?? '')
  await t.rejects(client.me(), { code: /^TT_/, statusCode: 401 })
  t.equal(refreshes(), 0)
})

t.test('every operation is there by its path, and typed', async (t) => {
  const { client, user } = await someone()
  const { data, error, response } = await client.api.GET('/v1/images/{id}', {
    params: { path: { id: user.id } },
  })
  t.equal(data, undefined)
  t.equal(error?.code, 'TT_NOT_FOUND')
  t.equal(response.status, 404)
})

t.test('where nobody answers, the error says so', async (t) => {
  const client = createClient({ baseUrl: 'http://127.0.0.1:8', retry: { retries: 0 } })
  await t.rejects(client.me(), { code: 'NETWORK', statusCode: undefined, message: /could not be reached/ })
})
