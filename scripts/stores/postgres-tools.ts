import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findOnPath, installDebianPackages } from './debian-packages.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

/** A whole PostgreSQL: the embedded one ships no `pg_dump`. */
export interface PostgresTools extends PostgresBinaries {
  /** With `pg_dump`, `pg_restore` and `psql`. */
  folder: string
}

/** Where Debian keeps each version. What is on PATH there are scripts that choose among them. */
const DEBIAN_FOLDER = '/usr/lib/postgresql'

/**
 * Finds a PostgreSQL with its tools, of one version, and installs Debian's where there is none.
 * @throws one sentence when there is none and none can be installed.
 */
export async function findPostgresTools(say: (line: string) => void = () => {}): Promise<PostgresTools> {
  let found = findTools()
  if (found === undefined) {
    await installDebianPackages(['postgresql'], say)
    found = findTools()
  }
  if (found === undefined)
    throw new Error('There is no PostgreSQL with pg_dump: install one (Debian: apt-get install postgresql).')
  return found
}

function findTools(): PostgresTools | undefined {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : []
  const newestFirst = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((name) => join(DEBIAN_FOLDER, name, 'bin'))
  const onPath = findOnPath('postgres')
  return [...newestFirst, ...(onPath === undefined ? [] : [dirname(onPath)])].map(toolsIn).find(isWhole)
}

function toolsIn(folder: string): PostgresTools {
  return { folder, postgres: join(folder, 'postgres'), initdb: join(folder, 'initdb') }
}

function isWhole({ folder }: PostgresTools): boolean {
  return ['postgres', 'initdb', 'pg_dump', 'pg_restore', 'psql'].every((name) =>
    existsSync(join(folder, name)),
  )
}
