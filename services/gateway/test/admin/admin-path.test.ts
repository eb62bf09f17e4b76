import t from 'tap'
import { loadConfig } from '../../../../packages/service-kit/src/config.ts'
import { variables } from '../../src/config.ts'
import { startGateway } from '../gateway.ts'

t.test('administration moves as a whole, and the document does not tell where', async (t) => {
  const gateway = await startGateway(t, {
    env: { ADMIN_PATH: 'behind-the-shed', ANONYMOUS_PER_MINUTE: '10' },
  })
  const admin = await gateway.signInAsAdmin()
  const made = await admin.post<{ id: string }>('/v1/behind-the-shed/users', {
    username: 'somebody',
    password: 'a password for tests',
  })
  t.equal(made.status, 201)
  t.ok(made.headers.get('location')?.endsWith(`/v1/behind-the-shed/users/${made.body.id}`))
  for (const path of ['tiers', 'users', 'images', 'links', 'audit', 'stats']) {
    t.equal((await admin.get(`/v1/behind-the-shed/${path}`)).status, 200, path)
    t.equal((await admin.get(`/v1/admin/${path}`)).status, 404, path)
  }
  for (let count = 0; count <= 10; count += 1)
    t.equal((await admin.get('/behind-the-shed/queues')).status, 200, 'counted by user, not by address')
  t.equal((await admin.get('/admin/queues')).status, 404)
  t.notMatch((await admin.get('/docs/json')).bytes.toString(), /behind-the-shed|\/admin\//)
})

t.test('what can be no path, or is another’s, is refused', async (t) => {
  const { adminPath } = variables
  const read = (value: string) => loadConfig({ adminPath }, { ADMIN_PATH: value }).adminPath
  t.equal(read(''), 'admin')
  t.equal(read('Shed_1-2'), 'Shed_1-2')
  for (const value of ['a/b', '/a', 'ä', ':id', '*', '..', 'x'.repeat(65), 'images', 'docs', 'v1'])
    t.throws(() => read(value), /ADMIN_PATH must/, value)
})
