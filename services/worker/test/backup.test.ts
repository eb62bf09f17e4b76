import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  findVerification,
  listVerificationFindings,
  markDeleting,
  startVerification,
} from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import { hashPassword } from '@tintype/service-kit'
import {
  createTestDatabase,
  createTestFileStore,
  createTestFolder,
  createTestKeys,
  photo,
  type Scope,
  signIn,
  startPostgresWithTools,
  startService,
  startTestRedis,
} from '@tintype/testkit'
import t from 'tap'
import { deleteImage } from '../src/upkeep/delete-image.ts'
import { runVerification } from '../src/verification/verify.ts'
import { type Bench, openBench } from './bench.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const BY = { id: uuidv7(), name: 'root', address: '192.0.2.1', requestId: 'r' }
const PASSWORD = 'correct horse battery staple'
const run = promisify(execFile)

/** The commands of deploy/backup.md that say they are tried here, in their order. */
async function documentedCommands(): Promise<string[]> {
  const text = await readFile(`${ROOT}/deploy/backup.md`, 'utf8')
  return [...text.matchAll(/<!-- tried by .* -->\n```sh\n([^`]*)```/g)].map(([, commands]) => commands ?? '')
}

async function addPicture(bench: Bench, number: number): Promise<string> {
  const bytes = await photo({ width: 40 + number, height: 30 })
  // Not told afterwards: the dump may be of the moment between.
  const id = await bench.addImage(bytes, { sha256: createHash('sha256').update(bytes).digest('hex') })
  await bench.query(`UPDATE images SET state = 'ready' WHERE id = '${id}'`)
  return id
}

/** People who upload, and now and then delete, until `end` is called. */
function keepUsing(bench: Bench) {
  const added: string[] = []
  const deleted: string[] = []
  let isOver = false
  const ended = (async () => {
    for (let number = 0; !isOver && number < 60; number += 1) {
      added.push(await addPicture(bench, number % 50))
      const gone = number % 4 === 3 ? added.at(-3) : undefined
      if (gone === undefined) continue
      deleted.push(gone)
      await markDeleting(bench.database, bench.ownerId, gone)
      await deleteImage(bench, gone)
    }
  })()
  return {
    added,
    deleted,
    async end() {
      isOver = true
      await ended
    },
  }
}

async function compare(bench: Bench) {
  const started = await startVerification(bench.database, { hash: true, repair: false }, BY)
  if (started.outcome !== 'started') throw new Error(started.outcome)
  const { id } = started.verification
  const producer = { enqueueDerivations: async () => {}, enqueueVerification: async () => {} }
  await runVerification({ ...bench, producer, orphanMinAgeSeconds: 0, ownsStore: async () => true }, id, {
    batch: 100,
    sliceMs: 60_000,
    signal: new AbortController().signal,
  })
  const findings = await listVerificationFindings(bench.database, id, { limit: 10_000 })
  return { verification: await findVerification(bench.database, id), findings }
}

async function startGateway(t: Scope, databaseUrl: string, storeUrl: string) {
  const keys = createTestKeys()
  return startService(t, 'gateway', {
    env: {
      DATABASE_URL: databaseUrl,
      STORE_URL: storeUrl,
      REDIS_URL: (await startTestRedis(t)).url,
      SPOOL_DIR: await createTestFolder(t),
      JWT_PRIVATE_KEY: keys.jwtPrivateKey,
      WEBHOOK_ENCRYPTION_KEYS: keys.webhookEncryptionKeys,
      LINKS_URL: 'http://127.0.0.1:8',
      ADMIN_USERNAME: 'admin',
      ADMIN_PASSWORD: PASSWORD,
    },
  })
}

t.test('the documented backup, made while people upload and delete, is restored and read', async (t) => {
  const server = await startPostgresWithTools(t)
  const source = await openBench(t, {
    databaseUrl: (await createTestDatabase(t, { server: server.url })).url,
    storeUrl: (await createTestFileStore(t)).storeUrl,
  })
  await source.query(`UPDATE users SET password_hash = '${await hashPassword(PASSWORD)}'`)
  await source.query(`
    INSERT INTO sessions (id, user_id, expires_at, user_agent, address)
    VALUES ('${uuidv7()}', '${source.ownerId}', now() + interval '1 day', '', '')`)
  for (let number = 0; number < 8; number += 1) await addPicture(source, number)

  const folder = await createTestFolder(t)
  const path = [server.tools, dirname(process.execPath), process.env.PATH].join(delimiter)
  const shell = (commands: string, { databaseUrl, storeUrl }: Pick<Bench, 'databaseUrl' | 'storeUrl'>) =>
    run('sh', ['-e', '-c', commands], {
      cwd: ROOT,
      env: { PATH: path, BACKUP: folder, DATABASE_URL: databaseUrl, STORE_URL: storeUrl },
    })
  const [backup = '', restore = ''] = await documentedCommands()
  t.match([backup, restore], [/^pg_dump.*\n.*copy-store/, /^pg_restore.*\n.*copy-store.*\npsql/])

  const people = keepUsing(source)
  await shell(backup, source)
  await people.end()

  // Another server, of another version, which counts transactions from elsewhere.
  const target = { ...(await createTestDatabase(t, { empty: true })), ...(await createTestFileStore(t)) }
  const { stdout } = await shell(restore, { databaseUrl: target.url, storeUrl: target.storeUrl })
  t.match(stdout, /^[0-9]+ copied \([0-9]+ bytes\), 0 there already\nUPDATE 1\n$/)
  const gateway = await startGateway(t, target.url, target.storeUrl)
  const client = await signIn(gateway.url, { username: 'owner', password: PASSWORD })
  const { body } = await client.get<{ items: { id: string; sha256: string }[] }>('/v1/images?limit=100')
  t.ok(body.items.length >= 8)
  const lost: string[] = []
  for (const { id, sha256 } of body.items) {
    const { status, bytes } = await client.get(`/v1/images/${id}/original`)
    if (status !== 200) lost.push(id)
    else if (createHash('sha256').update(bytes).digest('hex') !== sha256) t.fail(`${id} is another picture`)
  }
  t.ok(
    lost.every((id) => people.deleted.includes(id)),
    'lost is what was deleted between dump and copy alone',
  )

  const restored = await openBench(t, {
    databaseUrl: target.url,
    storeUrl: target.storeUrl,
    ownerId: source.ownerId,
  })
  const { verification, findings } = await compare(restored)
  t.match(verification, { state: 'done' })
  t.ok((verification?.imagesDone ?? 0) >= body.items.length)
  const of = (kind: string) =>
    findings.filter(({ problem }) => problem === kind).map(({ subjectId }) => subjectId)
  t.same(of('original-missing').sort(), lost.toSorted())
  const known = new Set(body.items.map(({ id }) => id))
  t.ok(
    of('orphan').every((id) => people.added.includes(id) && !known.has(id)),
    'what is newer than the dump',
  )
  t.equal(findings.length, of('original-missing').length + of('orphan').length, 'and nothing else is wrong')
})
