import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Finding } from '@tintype/testkit'

/**
 * Keeps what an input brought about: the input itself, and a line of JSON.
 * @returns the command that tries it again.
 */
export function keepFinding(folder: string, { kind, reason, input }: Finding): string {
  mkdirSync(folder, { recursive: true })
  const name = `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.${kind}`
  writeFileSync(join(folder, name), input)
  writeFileSync(join(folder, 'findings.jsonl'), `${JSON.stringify({ name, kind, reason })}\n`, { flag: 'a' })
  return `npm run fuzz -- --replay ${join(folder, name)}`
}

/** @throws where it is no file that `keepFinding` wrote. */
export function readFinding(path: string): Pick<Finding, 'kind' | 'input'> {
  const kind = extname(path).slice(1)
  if (kind !== 'picture' && kind !== 'request') {
    throw new Error(`${path} is no kept input: those end in .picture or .request`)
  }
  return { kind, input: readFileSync(path) }
}
