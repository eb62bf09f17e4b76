import { createHash } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readIfThere, stateFolder, writeWhole } from './folders.ts'
import type { Io } from './io.ts'

/** What tells a file from what it was before, or from another. */
export interface FileIdentity {
  path: string
  bytes: number
  modifiedMs: number
  title?: string | undefined
}

/** How far the upload of a file came. */
export interface Entry {
  /** When it began, in milliseconds since 1970. */
  at: number
  /** The Idempotency-Key that it is sent under. */
  key: string
  /** Where a resumable upload goes on. */
  uploadUrl?: string | undefined
  imageId?: string | undefined
}

export interface Journal {
  find(file: FileIdentity): Entry | undefined
  /** Settles when it is on disk. */
  record(file: FileIdentity, entry: Entry): Promise<void>
  forget(file: FileIdentity): Promise<void>
}

/** An Idempotency-Key is remembered for a day by the server. */
const KEY_LIFE_MS = 23 * 3600_000
const ENTRY_LIFE_MS = 30 * 24 * 3600_000

type Line = { file: string; entry: Entry | null }

/**
 * What has been uploaded to a server by a user, so that a run that was cut off
 * is gone on with by the next one. Each step is a line that is appended, so a
 * death loses no more than the line it was at.
 */
export async function openJournal(
  io: Io,
  { url, userId }: { url: string; userId: string },
): Promise<Journal> {
  const name = createHash('sha256').update(`${url}\n${userId}`).digest('hex').slice(0, 32)
  const path = join(stateFolder(io), 'uploads', `${name}.jsonl`)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const text = (await readIfThere(path)) ?? ''
  const entries = new Map<string, Entry>()
  const lines = text.split('\n').filter((line) => line !== '')
  for (const { file, entry } of lines.flatMap(parseLine)) {
    if (entry !== null && isOfUse(entry)) entries.set(file, entry)
    else entries.delete(file)
  }
  if (lines.length > 2 * entries.size + 1000) {
    await writeWhole(
      path,
      [...entries].map(([file, entry]) => `${JSON.stringify({ file, entry })}\n`).join(''),
    )
  } else if (text !== '' && !text.endsWith('\n')) {
    await appendFile(path, '\n')
  }

  async function append(file: FileIdentity, entry: Entry | null): Promise<void> {
    const key = keyOf(file)
    if (entry === null) entries.delete(key)
    else entries.set(key, entry)
    await appendFile(path, `${JSON.stringify({ file: key, entry } satisfies Line)}\n`, { mode: 0o600 })
  }
  return {
    find: (file) => entries.get(keyOf(file)),
    record: append,
    forget: (file) => append(file, null),
  }
}

function keyOf({ path, bytes, modifiedMs, title = '' }: FileIdentity): string {
  return JSON.stringify([path, bytes, modifiedMs, title])
}

function isOfUse({ at, imageId, uploadUrl }: Entry): boolean {
  // The server says by itself whether a resumable upload is still there.
  const isKeyAlone = imageId === undefined && uploadUrl === undefined
  return Date.now() - at < (isKeyAlone ? KEY_LIFE_MS : ENTRY_LIFE_MS)
}

function parseLine(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line]
  } catch {
    // The one at which a run died.
    return []
  }
}
