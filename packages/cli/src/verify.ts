import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@tintype/sdk'
import { formatBytes } from './output.ts'

export interface Finding {
  check: string
  ok: boolean
  finding: string
}

/** Longer than the sweep that finds forgotten pictures takes, in seconds. */
const PENDING_TOO_LONG = 600
/** What is counted while others upload, or are deleted, differs for a while; what is wrong stays wrong. */
const TRIES = 3
const PAUSE_MS = 2000
const COUNTED = new Set(['users', 'usage', 'images'])

/** Compares what the API says of the same things in different places. */
export async function verify(client: Client, signal: AbortSignal): Promise<Finding[]> {
  let findings = await verifyOnce(client)
  for (let tries = 1; tries < TRIES && findings.some(isMiscount); tries += 1) {
    await delay(PAUSE_MS, undefined, { signal })
    findings = await verifyOnce(client)
  }
  return findings
}

const isMiscount = ({ check, ok }: Finding) => !ok && COUNTED.has(check)

async function verifyOnce(client: Client): Promise<Finding[]> {
  const used = { users: 0, images: 0, bytes: 0 }
  const belowZero: string[] = []
  for await (const { username, usage } of client.admin.users.list({ limit: 100 })) {
    used.users += 1
    used.images += usage.images
    used.bytes += usage.bytes
    if (usage.bytes < 0 || usage.images < 0) belowZero.push(username)
  }
  const { users, images, uploads, renditions, bytes, oldestPendingSeconds, estimated } =
    await client.admin.stats()
  const kept = images.pending + images.ready + images.failed + uploads.open
  return [
    {
      check: 'users',
      ok: users.total === used.users,
      finding: `${used.users} listed, ${users.total} counted`,
    },
    {
      check: 'usage',
      ok: belowZero.length === 0 && bytes === used.bytes,
      finding:
        belowZero.length > 0
          ? `less than nothing is used by ${belowZero.join(', ')}`
          : `${formatBytes(used.bytes)} by users, ${formatBytes(bytes)} in all`,
    },
    {
      check: 'images',
      // Of very many the server only estimates how many are ready.
      ok: estimated || used.images === kept,
      finding: `${used.images} in quotas, ${kept} kept or on their way${estimated ? ' (estimated)' : ''}`,
    },
    {
      check: 'waiting',
      ok: oldestPendingSeconds < PENDING_TOO_LONG,
      finding: `${images.pending} pending, the oldest for ${Math.round(oldestPendingSeconds)} s`,
    },
    {
      check: 'failures',
      ok: images.failed === 0 && renditions.failed === 0,
      finding: `${images.failed} images and ${renditions.failed} renditions failed`,
    },
  ]
}
