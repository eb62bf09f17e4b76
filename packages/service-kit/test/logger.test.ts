import { openDatabase } from '@tintype/database'
import t from 'tap'
import { loggedPath } from '../src/logger.ts'
import { recordLog } from './fixtures.ts'

t.test('lines say when, who and what', async (t) => {
  const { log, lines } = recordLog()
  log.info({ images: 3 }, 'done')
  t.match(lines, [{ level: 30, service: 'test', images: 3, msg: 'done', time: /^\d{4}-\d\d-\d\dT.*Z$/ }])
})

t.test('no more is logged than the level asks for', async (t) => {
  const { log, lines } = recordLog('warn')
  log.info('unheard')
  log.warn('heard')
  t.equal(lines.length, 1)
})

t.test('secrets are taken out, wherever an object that has them is logged', async (t) => {
  const { log, text } = recordLog()
  const names = [
    'password',
    'oldPassword',
    'newPassword',
    'passwordHash',
    'accessToken',
    'refreshToken',
    'token',
    'secret',
  ]
  for (const name of names) {
    log.info({ [name]: 'hunter2' }, name)
    log.info({ body: { [name]: 'hunter2', kept: 'kept' } }, name)
  }
  t.notMatch(text(), 'hunter2')
  t.equal(text().match(/\[redacted\]/g)?.length, names.length * 2)
  t.equal(text().match(/kept/g)?.length, names.length * 2)
})

t.test('a failed statement is logged without its parameters', async (t) => {
  const { log, lines, text } = recordLog()
  const database = openDatabase('postgres://127.0.0.1:1/nothing')
  t.teardown(() => database.close())
  const passwordHash = '$argon2id$hunter2'
  const insert = database.db.query.users.findFirst({
    where: (user, { eq }) => eq(user.passwordHash, passwordHash),
  })
  const error = await insert.then(
    () => undefined,
    (error: unknown) => error,
  )
  t.match(String(error), 'hunter2', 'as the error itself would have it')
  log.error({ err: error }, 'request failed')
  t.notMatch(text(), 'hunter2')
  t.match(lines, [{ err: { code: 'ECONNREFUSED', query: /from "users"/, stack: /ECONNREFUSED/ } }])
})

t.test('errors are logged with what caused them', async (t) => {
  const { log, lines } = recordLog()
  log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed')
  log.error({ err: 'no error at all' }, 'failed')
  t.match(lines, [{ err: { message: /outer.*inner/, stack: /inner/ } }, { err: 'no error at all' }])
})

t.test('a path is logged without query and tokens', async (t) => {
  const table: [string, string][] = [
    ['/v1/images', '/v1/images'],
    ['/v1/images?cursor=secret', '/v1/images'],
    ['/v1/images#secret', '/v1/images'],
    ['/', '/'],
    ['', ''],
    ['/l/secret', '/l/[token]'],
    ['/l/secret/', '/l/[token]'],
    ['/l/../l/secret', '/l/[token]'],
    ['/l/secret?x=secret', '/l/[token]'],
    ['//l/secret', '/l/[token]'],
    ['/%6c/secret', '/l/[token]'],
    ['/%6C/secret', '/l/[token]'],
    ['http://host/l/secret', '/l/[token]'],
    ['/links/l/kept', '/links/l/kept'],
    ['/l', '/l'],
    ['/lost/kept', '/lost/kept'],
  ]
  for (const [url, logged] of table) t.equal(loggedPath(url), logged, url)
})
