import { createClient, createUser } from '@tintype/testkit'
import t from 'tap'
import { admin, gateway } from './administration.ts'

t.test('the queue dashboard', async (t) => {
  const user = await createUser(admin, { tier: 'Basic' })
  const auditor = await createUser(admin, { tier: 'Basic', role: 'auditor' })
  const page = await admin.get('/admin/queues')
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /html/)
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, /default-src 'self'/)
  t.notMatch(policy, /script-src|unsafe-eval/)
  t.match(policy, /frame-ancestors 'self'/, 'the console frames it')
  t.notMatch(page.bytes.toString(), /https:/, 'nothing comes from elsewhere')
  const script = /static\/js\/main[^"]+\.js/.exec(page.bytes.toString())?.[0] ?? ''
  const paths = [
    '/admin/queues',
    '/admin/queues/',
    `/admin/queues/${script}`,
    '/admin/queues/api/queues',
    '/admin/queues/queue/renditions',
  ]
  for (const path of paths) {
    t.equal((await createClient(gateway.url).get(path)).status, 401, path)
    t.equal((await user.client.get(path)).status, 403, path)
    t.equal((await auditor.client.get(path)).status, 200, path)
    t.equal((await admin.get(path)).status, 200, path)
  }
  t.match((await admin.get('/admin/queues/api/queues')).body, {
    queues: [{ name: 'renditions', readOnlyMode: true }],
  })
  for (const path of ['queues/renditions/pause', 'queues/renditions/clean/failed', 'queues/pause'])
    t.equal((await admin.request('PUT', `/admin/queues/api/${path}`)).status, 403, path)
  const { body } = await admin.get<{ paths: object }>('/docs/json')
  t.strictSame(
    Object.keys(body.paths).filter((path) => path.includes('queues')),
    [],
  )
})
