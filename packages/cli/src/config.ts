import type { Tokens } from '@tintype/sdk'
import { CommandError } from './exit.ts'
import { configFile, readIfThere, writeWhole } from './folders.ts'
import type { Io } from './io.ts'

export interface Config {
  /** The server that is meant where none is named. */
  current?: string
  /** By address: who is signed in there. */
  servers: Record<string, Tokens & { username: string }>
}

export async function readConfig(io: Io): Promise<Config> {
  const path = configFile(io)
  const text = await readIfThere(path)
  if (text === undefined) return { servers: {} }
  try {
    const config = JSON.parse(text) as Partial<Config>
    return { ...config, servers: config.servers ?? {} }
  } catch {
    throw new CommandError(`${path} is damaged. Delete it, and sign in again.`)
  }
}

/** Changes the settings as they are now: another command may have changed them meanwhile. */
export async function changeConfig(io: Io, change: (config: Config) => void): Promise<void> {
  const config = await readConfig(io)
  change(config)
  await writeWhole(configFile(io), `${JSON.stringify(config, null, 2)}\n`)
}
