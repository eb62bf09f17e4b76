import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { boundWork, TooManyWaiting } from './bounded-work.ts'
import { Busy } from './errors.ts'

/** Argon2id with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const COSTS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }

const derive = promisify(argon2)

/**
 * Hashing runs on the four threads that Node also reads files and asks DNS
 * with. Two at once leave it two, and a flood of logins is refused instead of
 * holding up uploads.
 */
const bounded = boundWork({ atOnce: 2, waiting: 32 })

async function argon2id(password: string, nonce: Buffer, costs: typeof COSTS): Promise<Buffer> {
  try {
    return await bounded(() => derive('argon2id', { message: password.normalize('NFKC'), nonce, ...costs }))
  } catch (error) {
    throw error instanceof TooManyWaiting ? new Busy() : error
  }
}

/** Hashes a password into the PHC string format, with a salt of its own. @throws Busy when too many wait. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  return phcString(salt, await argon2id(password, salt, COSTS))
}

function phcString(salt: Buffer, tag: Buffer): string {
  const [salt64, tag64] = [salt, tag].map((bytes) => bytes.toString('base64').replace(/=+$/, ''))
  return `$argon2id$v=19$m=${COSTS.memory},t=${COSTS.passes},p=${COSTS.parallelism}$${salt64}$${tag64}`
}

/** A hash that no password has: what an unknown user's password is compared with, so that it takes as long. */
const NOBODY = phcString(Buffer.alloc(16), Buffer.alloc(COSTS.tagLength))

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/**
 * Whether a password is the one of this hash, at the costs the hash was made
 * with. Without a hash (no such user) it takes as long and is never true.
 *
 * @throws Busy when too many wait.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, memory, passes, lanes, salt, tag] = PHC.exec(hash ?? NOBODY) ?? []
  if (salt === undefined || tag === undefined) throw new Error('a password hash is not in PHC format')
  const expected = Buffer.from(tag, 'base64')
  const costs = {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(lanes),
    tagLength: expected.length,
  }
  const actual = await argon2id(password, Buffer.from(salt, 'base64'), costs)
  return timingSafeEqual(actual, expected) && hash !== undefined
}
