import { setTimeout as delay } from 'node:timers/promises'
import type { Client, Verification } from '@tintype/sdk'
import type { Command } from 'commander'
import { connect, type GlobalOptions } from '../connect.ts'
import { CommandError, EXIT } from '../exit.ts'
import { type Io, say } from '../io.ts'
import { formatBytes, printList } from '../output.ts'
import { type Finding, verify } from '../verify.ts'

const POLL_MS = 500
/** Findings that are shown; the API has more. */
const MAX_SHOWN = 100

interface VerifyOptions extends GlobalOptions {
  store: boolean
  hash: boolean
  repair: boolean
}

export function addVerify(admin: Command, io: Io): void {
  admin
    .command('verify')
    .summary('compare what the server says of itself, and the store')
    .description(
      'Compare what the server says of itself: what users use with what is stored, what waits\ntoo long, what failed. With --store also every picture with its files in the store, which\na worker does while this waits. Exits with 1 when something is not as it should be, or was\nnot until it was mended.',
    )
    .option('--store', 'compare all pictures with their files in the store', false)
    .option('--hash', 'the same, and read every uploaded file to compare its SHA-256', false)
    .option('--repair', 'the same as --store, and mend what can be mended', false)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<VerifyOptions>()
      const { store, hash, repair } = options
      const { client } = await connect(io, options)
      // First: what it mends is not wrong any more.
      const run = store || hash || repair ? await compareStore(client, io, { hash, repair }) : undefined
      const findings = [
        ...(await verify(client, io.signal)),
        ...(run === undefined ? [] : await tellStore(client, run)),
      ]
      await printList(io, options, findings, [
        { title: 'check', of: ({ check }) => check },
        { title: '', of: ({ ok }) => (ok ? 'ok' : 'WRONG') },
        { title: 'finding', of: ({ finding }) => finding },
      ])
      if (findings.some(({ ok }) => !ok)) throw new CommandError('', EXIT.failed)
    })
}

/** Has the store compared, and waits for the end. Interrupted, the server goes on with it. */
async function compareStore(
  client: Client,
  io: Io,
  wishes: { hash: boolean; repair: boolean },
): Promise<Verification> {
  let run = await client.admin.verifications.start(wishes)
  for (let told = -1; run.state === 'running'; run = await client.admin.verifications.get(run.id)) {
    if (run.imagesDone !== told) {
      told = run.imagesDone
      say(io.stderr, `${told} of ${run.imagesTotal} pictures compared, ${run.found} findings`)
    }
    await delay(POLL_MS, undefined, { signal: io.signal })
  }
  return run
}

async function tellStore(client: Client, run: Verification): Promise<Finding[]> {
  const { id, state, imagesDone, objectsSeen, bytesHashed, found, mended, hash } = run
  const hashed = hash ? `, ${formatBytes(bytesHashed)} hashed` : ''
  const told: Finding[] = [
    {
      check: 'store',
      ok: found === 0 && state === 'done',
      finding: `${imagesDone} pictures, ${objectsSeen} files${hashed}: ${found} findings, ${mended} mended${state === 'stopped' ? ', stopped' : ''}`,
    },
  ]
  for await (const {
    subject,
    rendition,
    message,
    expected,
    actual,
    mended,
  } of client.admin.verifications.findings(id)) {
    if (told.length > MAX_SHOWN) break
    const details = [rendition, expected && `should be ${expected}`, actual && `is ${actual}`]
    told.push({
      check: mended ? 'mended' : 'finding',
      ok: mended,
      finding: [`${subject.type} ${subject.id}: ${message}`, ...details.filter(Boolean)].join(' '),
    })
  }
  return told
}
