import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from './scope.ts'

/** A fresh folder, removed at the end. */
export async function createTestFolder(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tintype-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/**
 * Where processes are written down while they live. `npm test` sets
 * `TEST_RUN_DIR` and ends what a test that was killed left behind; without it
 * the record lies in the process's own folder.
 */
export function runDirOf(): { runDir?: string } {
  const runDir = process.env.TEST_RUN_DIR
  return runDir === undefined || runDir === '' ? {} : { runDir }
}
