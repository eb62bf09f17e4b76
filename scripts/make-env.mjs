// node scripts/make-env.mjs [file]
//
// Writes the secrets that docker-compose.yml needs into `.env` (mode 0600).
// What stands there already is kept; only what is missing is added.

import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeMissing } from './secrets.mjs'

const NAMES = [
  'POSTGRES_PASSWORD',
  'REDIS_PASSWORD',
  'MINIO_ROOT_USER',
  'MINIO_ROOT_PASSWORD',
  'JWT_PRIVATE_KEY',
  'JWT_PUBLIC_KEYS',
  'LINK_SIGNING_KEYS',
  'WEBHOOK_ENCRYPTION_KEYS',
  'ADMIN_USERNAME',
  'ADMIN_PASSWORD',
]

/** A name, and a value in double quotes, in single quotes, or to the end of the line. */
const ENTRY = /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[^\r\n]*)/gm

try {
  const file = resolve(process.argv[2] ?? fileURLToPath(new URL('../.env', import.meta.url)))
  const added = completeEnvFile(file)
  const values = readEntries(readFileSync(file, 'utf8'))
  console.log(added.length > 0 ? `${file}: added ${added.join(', ')}` : `${file}: nothing is missing`)
  console.log(`Sign in as ${values.ADMIN_USERNAME}; the password is ADMIN_PASSWORD in that file.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/**
 * @param {string} file
 * @returns {string[]} the names that were added
 */
function completeEnvFile(file) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const made = makeMissing(NAMES, readEntries(text))
  if (Object.keys(made).length > 0) {
    const draft = resolve(dirname(file), `.env.${process.pid}.new`)
    writeFileSync(draft, withEntries(text, made), { mode: 0o600, flag: 'wx' })
    renameSync(draft, file)
  }
  chmodSync(file, 0o600)
  return Object.keys(made)
}

/** @param {string} text */
function readEntries(text) {
  /** @type {Record<string, string>} */
  const values = {}
  for (const [, name = '', value = ''] of text.matchAll(ENTRY)) {
    values[name] = unquoted(value)
  }
  return values
}

/** @param {string} value */
function unquoted(value) {
  const quote = value[0]
  if (quote === '"' || quote === "'") return value.slice(1, -1)
  return value.replace(/(^|\s)#.*/, '').trim()
}

/**
 * A line that names a variable without a value is filled in; the rest is put at the end.
 * @param {string} text
 * @param {Record<string, string>} made
 */
function withEntries(text, made) {
  const lines = new Map(
    Object.entries(made).map(([name, value]) => [name, `${name}=${value.replaceAll('\n', '\\n')}`]),
  )
  const filled = text.replace(ENTRY, (entry, /** @type {string} */ name) => {
    const line = lines.get(name)
    lines.delete(name)
    return line ?? entry
  })
  const start = filled === '' || filled.endsWith('\n') ? filled : `${filled}\n`
  return [start, ...[...lines.values()].map((line) => `${line}\n`)].join('')
}
