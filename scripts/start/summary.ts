import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SAMPLE_PICTURE } from './first-picture.ts'

export interface SummaryInput {
  /** Where the launcher itself reaches the gateway. */
  origin: string
  publicUrl: string
  data: { path: string; logs: string }
  admin: {
    username: string
    password: string
    /** Whether the launcher made the password up. One that somebody chose is not printed. */
    madeUp: boolean
    /** Whether the password was tried and let the administrator in. */
    works: boolean
  }
  /** A link to the sample picture, on a first start. */
  link: string | undefined
}

/** What a person sees once the product runs. */
export function summary(input: SummaryInput): string {
  const { origin, publicUrl, admin, data, link } = input
  return [
    '',
    'Tintype is running. Ctrl-C ends it.',
    '',
    `  Address   ${publicUrl}/`,
    `  API docs  ${publicUrl}/docs`,
    `  Sign in   ${admin.username}, ${passwordWords(admin)}`,
    ...(link === undefined ? [] : [`  Sample    ${link} (expires in an hour)`]),
    `  Data      ${data.path}`,
    `  Logs      ${data.logs}`,
    '',
    'Upload a picture:',
    '',
    uploadCommand(origin, admin, data.path),
    '',
  ].join('\n')
}

function passwordWords({ password, madeUp, works }: SummaryInput['admin']): string {
  if (!works)
    return 'with the password that was set before (ADMIN_USERNAME and ADMIN_PASSWORD count at the first start alone)'
  return madeUp ? `password ${password}` : 'with the password of ADMIN_PASSWORD'
}

/**
 * Two commands for any shell with curl and sed. A password that somebody chose
 * is read from a file that only they can read.
 */
function uploadCommand(origin: string, admin: SummaryInput['admin'], dataDir: string): string {
  const { username, password, madeUp, works } = admin
  const file = join(dataDir, 'sign-in.json')
  const body = JSON.stringify({ username, password: works ? password : 'YOUR PASSWORD' })
  const inFile = works && !madeUp
  if (inFile) writeFileSync(file, body, { mode: 0o600 })
  else rmSync(file, { force: true })
  return [
    `TOKEN=$(curl -sS ${origin}/v1/auth/login -H 'content-type: application/json' \\`,
    `  -d ${quote(inFile ? `@${file}` : body)} | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
    `curl -sS ${origin}/v1/images -H "authorization: Bearer $TOKEN" -F ${quote(`file=@${SAMPLE_PICTURE}`)}`,
  ].join('\n')
}

/** For a shell, as one word. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
