import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tokens } from '@tintype/sdk'
import { CommandError } from './exit.ts'
import { configFolder, readIfThere, writeWhole } from './folders.ts'
import type { Io } from './io.ts'

/** The server that is meant where none is named. */
export async function readCurrent(io: Io): Promise<string | undefined> {
  return (await readJson<{ current?: string }>(currentFile(io)))?.current
}

export async function keepCurrent(io: Io, url: string): Promise<void> {
  await writeJson(currentFile(io), { current: url })
}

/** What who is signed in at a server goes on with. */
export async function readTokens(io: Io, url: string): Promise<Tokens | undefined> {
  return readJson<Tokens>(tokensFile(io, url))
}

/** In a file for each server: commands that run side by side change no other's. */
export async function keepTokens(io: Io, url: string, tokens: Tokens | undefined): Promise<void> {
  const path = tokensFile(io, url)
  if (tokens === undefined) await rm(path, { force: true })
  else await writeJson(path, { url, ...tokens })
}

const currentFile = (io: Io) => join(configFolder(io), 'config.json')

function tokensFile(io: Io, url: string): string {
  const name = createHash('sha256').update(url).digest('hex').slice(0, 32)
  return join(configFolder(io), 'servers', `${name}.json`)
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readIfThere(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    throw new CommandError(`${path} is damaged. Delete it, and sign in again.`)
  }
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`)
}
