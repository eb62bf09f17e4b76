import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../environment.ts'

const STAMP = join(ROOT, 'node_modules', '.tintype-tap')

/**
 * tap puts its test class together from plugins, which has to be done again
 * whenever the list of plugins or tap itself changes.
 */
export function isTapBuilt(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === buildKey()
}

export function rememberTapBuild(): void {
  writeFileSync(STAMP, buildKey())
}

function buildKey(): string {
  const hash = createHash('sha256')
  for (const file of ['.taprc', 'pnpm-lock.yaml']) hash.update(readFileSync(join(ROOT, file)))
  return hash.digest('hex')
}
