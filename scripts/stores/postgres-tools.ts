import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findOnPath, installDebianPackages } from './debian-packages.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

/** A whole PostgreSQL: the embedded one ships no `pg_dump`. */
export interface PostgresTools extends PostgresBinaries {
  pgDump: string
  psql: string
}

/** Where Debian keeps each version. What is on PATH there are scripts that choose among them. */
const DEBIAN_FOLDER = '/usr/lib/postgresql'

/**
 * Finds a PostgreSQL with its tools, of one version, and installs Debian's where there is none.
 * @throws one sentence when there is none and none can be installed.
 */
export async function findPostgresTools(say: (line: string) => void = () => {}): Promise<PostgresTools> {
  const found = findTools() ?? ((await installDebianPackages(['postgresql'], say)) && findTools())
  if (!found) throw new Error('A PostgreSQL with pg_dump is needed: install it (Debian: apt-get install postgresql).')
  return found
}

function findTools(): PostgresTools | undefined {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : []
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((name) => join(DEBIAN_FOLDER, name, 'bin'))
  const onPath = findOnPath('postgres')
  return [...newestFirst, ...(onPath === undefined ? [] : [dirname(onPath)])].map(toolsIn).find(isWhole)
}

function toolsIn(folder: string): PostgresTools {
  const [postgres = '', initdb = '', pgDump = '', psql = ''] = ['postgres', 'initdb', 'pg_dump', 'psql'].map((name) =>
    join(folder, name),
  )
  return { postgres, initdb, pgDump, psql }
}

function isWhole(tools: PostgresTools): boolean {
  return Object.values(tools).every((path) => existsSync(path))
}
