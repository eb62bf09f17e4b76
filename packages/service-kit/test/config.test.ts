import t from 'tap'
import {
  ConfigError,
  describeConfig,
  integer,
  loadConfig,
  oneOf,
  optional,
  text,
  url,
} from '../src/config.ts'

const variables = {
  name: text('NAME', 'what it is called'),
  greeting: text('GREETING', 'what it says', 'hello'),
  count: integer('COUNT', 'how many', { min: 1, max: 10, fallback: 3 }),
  mode: oneOf('MODE', 'how', ['fast', 'slow'], 'slow'),
  address: url('ADDRESS', 'where', ['http:', 'https:']),
  mirror: optional(url('MIRROR', 'where else', ['https:'])),
}

/** The complaint about one variable, where all others are well. */
function complaint(env: Record<string, string>): string {
  try {
    loadConfig(variables, { NAME: 'n', ADDRESS: 'http://a', ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1).join('\n')
    throw error
  }
  return 'none'
}

t.test('reads what is set, and falls back', async (t) => {
  t.strictSame(loadConfig(variables, { NAME: 'n', ADDRESS: 'https://example.com/' }), {
    name: 'n',
    greeting: 'hello',
    count: 3,
    mode: 'slow',
    address: 'https://example.com',
  })
  const all = {
    NAME: 'n',
    GREETING: 'hi',
    COUNT: '10',
    MODE: 'fast',
    ADDRESS: 'http://a:1/b//',
    MIRROR: 'https://c',
  }
  t.strictSame(loadConfig(variables, all), {
    name: 'n',
    greeting: 'hi',
    count: 10,
    mode: 'fast',
    address: 'http://a:1/b',
    mirror: 'https://c',
  })
})

t.test('a variable set to nothing is not set', async (t) => {
  t.match(loadConfig(variables, { NAME: 'n', ADDRESS: 'http://a', GREETING: '', MIRROR: '' }), {
    greeting: 'hello',
  })
  t.match(complaint({ NAME: '' }), 'NAME is not set: what it is called')
})

t.test('lists everything that is wrong in one message', async (t) => {
  const wrong = { COUNT: '11', MODE: 'wild', MIRROR: 'http://insecure' }
  t.throws(
    () => loadConfig(variables, wrong),
    new ConfigError(
      [
        'The configuration is not complete:',
        '  - NAME is not set: what it is called',
        '  - COUNT must be a whole number from 1 to 10',
        '  - MODE must be one of fast, slow',
        '  - ADDRESS is not set: where',
        '  - MIRROR must be a URL that begins with https://',
      ].join('\n'),
    ),
  )
})

t.test('refuses numbers that are none', async (t) => {
  for (const COUNT of ['0', '11', '1.5', 'two', '1e99', '-1', 'NaN', '3 apples', ' ', '0x4', '1e1', '+4']) {
    t.match(complaint({ COUNT }), 'COUNT must be a whole number from 1 to 10', JSON.stringify(COUNT))
  }
})

t.test('refuses addresses that are none', async (t) => {
  for (const ADDRESS of ['example.com', 'localhost:8080', 'ftp://a', '//a', 'http:/', 'http://']) {
    t.match(complaint({ ADDRESS }), 'ADDRESS must be a URL that begins with http:// or https://', ADDRESS)
  }
})

t.test('shows no value, which may be a secret', async (t) => {
  const SECRET = 'hunter2'
  for (const name of ['COUNT', 'MODE', 'ADDRESS', 'MIRROR']) {
    const said = complaint({ [name]: `http//user:${SECRET}@host` })
    t.match(said, name)
    t.notMatch(said, SECRET)
  }
})

t.test('describes itself', async (t) => {
  const table = describeConfig('gateway', variables)
  for (const { name, description } of Object.values(variables)) {
    t.match(table, name)
    t.match(table, description)
  }
  t.match(table, /GREETING.*\(hello\)/)
  t.match(table, /NAME.*\(required\)/)
  t.match(table, /MIRROR.*\(optional\)/)
})
