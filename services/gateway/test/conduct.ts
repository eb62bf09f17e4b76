import { readdir, readlink, stat } from 'node:fs/promises'
import { createClient, poll, type Service } from '@tintype/testkit'
import type { Test } from 'tap'
import type { AnswerRecord } from './answer-record.ts'
import type { TestGateway } from './gateway.ts'

/** What no caller may ever read: where the code is, what was asked of PostgreSQL, how things are called in the store. */
const INSIDE = [
  /\bat .+:\d+:\d+/,
  /node_modules|\.[cm]?[jt]s\b/,
  /\b(select|insert into|update|delete from)\b.+\b(from|values|set|where)\b/is,
  /\b(originals|renditions)\//,
  /\/(tmp|home|root|usr|var|work)\//,
  /\bE[A-Z]{4,}\b|\bFST_|\$\d\b/,
]

/** What was tested: one service, or the whole product. */
export interface Tested {
  readonly url: string
  readonly answers: AnswerRecord
  readonly services: readonly Service[]
  /** Where it is known, nothing may be left in it. */
  readonly spoolDir?: string
}

/**
 * What holds after whatever was asked: every answer is one that the document
 * declares, no answer tells of the inside, every line of the log can be read,
 * nothing is left of an upload in the spool. That no log holds a secret is seen
 * to wherever a service is started.
 */
export async function checkConduct(t: Test, tested: Tested): Promise<void> {
  const { url, answers, services, spoolDir } = tested
  const document = await createClient(url).get('/docs/json')
  t.ok(answers.count > 0, 'answers were recorded')
  t.strictSame(answers.undeclared(document.body), [], 'every answer is declared')
  const telling = answers.problems().filter((body) => INSIDE.some((pattern) => pattern.test(body)))
  t.strictSame(telling, [], 'no answer tells of the inside')

  const lines = services.flatMap((service) => service.logs)
  const strays = lines.filter((line) => 'text' in line)
  t.strictSame(strays, [], 'every line of the log is JSON')
  const [service] = services
  if (spoolDir !== undefined && service !== undefined) await checkSpoolIsEmpty(t, { spoolDir, service })
}

/** Nothing has a name in the spool, and no file without one is held open. */
export async function checkSpoolIsEmpty(
  t: Test,
  { spoolDir, service }: Pick<TestGateway, 'spoolDir' | 'service'>,
): Promise<void> {
  t.strictSame(await readdir(spoolDir), [], 'no file has a name in the spool')
  await poll(async () => (await heldFiles(service, spoolDir)).length === 0, {
    waitingFor: 'no spooled file to be held open',
  })
}

/** The files of a folder that a process has open, those that have lost their names among them. */
export async function heldFiles(service: Pick<Service, 'pid'>, folder: string): Promise<string[]> {
  return (await held(service, folder)).map(({ target }) => target)
}

/** How many bytes are in them. */
export async function heldBytes(service: Pick<Service, 'pid'>, folder: string): Promise<number> {
  const sizes = (await held(service, folder)).map(({ path }) => stat(path).then(({ size }) => size))
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function held({ pid }: Pick<Service, 'pid'>, folder: string) {
  const paths = (await readdir(`/proc/${pid}/fd`)).map((fd) => `/proc/${pid}/fd/${fd}`)
  const all = await Promise.all(
    paths.map(async (path) => ({ path, target: await readlink(path).catch(() => '') })),
  )
  return all.filter(({ target }) => target.startsWith(folder))
}
