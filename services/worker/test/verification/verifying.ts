import { createHash } from 'node:crypto'
import {
  type AuditActor,
  findVerification,
  listVerificationFindings,
  startVerification,
} from '@tintype/database'
import { uuidv7 } from '@tintype/domain'
import type { ObjectStore } from '@tintype/object-store'
import type { Scope } from '@tintype/testkit'
import { runVerification } from '../../src/verification/verify.ts'
import { type Bench, openBench } from '../bench.ts'
import { addDerived, BYTES, PUT } from '../upkeep/sweeping.ts'

export const BY: AuditActor = { id: uuidv7(), name: 'root', address: '192.0.2.1', requestId: 'r' }
const SHA256 = createHash('sha256').update(BYTES).digest('hex')

interface Options {
  batch?: number
  store?: ObjectStore
  minAgeSeconds?: number
  owns?: boolean
  sliceMs?: number
  signal?: AbortSignal
}

/** A bench on which verifications run, as a worker runs them. */
export async function openVerifier(t: Scope) {
  const bench = await openBench(t)
  const enqueued: string[] = []
  const producer = {
    async enqueueDerivations(lane: string, ids: string[]) {
      enqueued.push(...ids.map((id) => `${lane} ${id}`))
    },
    async enqueueVerification(id: string) {
      enqueued.push(`verify ${id}`)
    },
  }

  async function start(hash = false, repair = false): Promise<string> {
    const started = await startVerification(bench.database, { hash, repair }, BY)
    if (started.outcome !== 'started') throw new Error(started.outcome)
    return started.verification.id
  }

  function goOn(id: string, options: Options = {}) {
    const { batch = 1000, store = bench.store, minAgeSeconds = 0, owns = true, sliceMs = 60_000 } = options
    const { signal = new AbortController().signal } = options
    return runVerification(
      { ...bench, store, producer, orphanMinAgeSeconds: minAgeSeconds, ownsStore: async () => owns },
      id,
      { batch, sliceMs, signal },
    )
  }

  async function verify(wishes: { hash?: boolean; repair?: boolean } = {}, options: Options = {}) {
    const id = await start(wishes.hash, wishes.repair)
    await goOn(id, options)
    const findings = await listVerificationFindings(bench.database, id, { limit: 100 })
    return {
      ...(await findVerification(bench.database, id)),
      findings: findings
        .map(({ problem, subjectId, mended }) => ({ problem, subjectId, mended }))
        .sort((a, b) => `${a.problem}${a.subjectId}`.localeCompare(`${b.problem}${b.subjectId}`)),
    }
  }

  return { ...bench, producer, enqueued, start, goOn, verify }
}

/** A picture with a rendition that are as they should be. */
export async function addSound(bench: Bench): Promise<{ id: string; key: string }> {
  const made = await addDerived(bench)
  await bench.query(`UPDATE images SET state = 'ready', sha256 = '${SHA256}' WHERE id = '${made.id}'`)
  await bench.query(`UPDATE renditions SET bytes = ${BYTES.length} WHERE image_id = '${made.id}'`)
  return made
}

export const put = (bench: Bench, key: string, text: string) =>
  bench.store.put(key, Buffer.from(text), { ...PUT, bytes: Buffer.byteLength(text) })
