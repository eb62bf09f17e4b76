import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '@tintype/service-kit'
import type { Redis } from 'ioredis'
import { UploadLocked } from './errors.ts'

/** How soon the lock of a gateway that died is free. */
const LEASE_MS = 5000
/** How often a holder renews it, and looks whether somebody waits. */
const RENEW_MS = 500
const ASK_MS = 200
/** Longer than the lease, so that the next request after a death goes on and is not refused. */
const WAIT_MS = 10_000

/** KEYS: the lock, the mark of who waits for it. ARGV: the holder's token, the lease, the mark's life. */
const TAKE = `
if redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('del', KEYS[2])
  return 1
end
redis.call('set', KEYS[2], '1', 'PX', ARGV[3])
return 0`

/** Renews the lock. Answers whether somebody waits; -1 where it is another's by now. */
const RENEW = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return -1 end
redis.call('pexpire', KEYS[1], ARGV[2])
return redis.call('exists', KEYS[2])`

const RELEASE = `
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end
return 0`

interface Commands {
  takeUploadLock(
    lock: string,
    wanted: string,
    token: string,
    leaseMs: number,
    markMs: number,
  ): Promise<number>
  renewUploadLock(lock: string, wanted: string, token: string, leaseMs: number): Promise<number>
  releaseUploadLock(lock: string, token: string): Promise<number>
}

export interface UploadLock {
  /**
   * Takes the lock, asking whoever has it to let go.
   *
   * @param onWanted called when somebody else waits for it.
   * @throws UploadLocked where it is not free in time, or `signal` ends the wait.
   */
  take(signal: AbortSignal, onWanted: () => void): Promise<void>
  release(): Promise<void>
}

/**
 * Has one request at a time work on an upload, over all gateways: a client that
 * comes back on a new connection need not wait until its old one is found to be
 * dead. What two at once would write is decided by PostgreSQL, so without Redis
 * requests go on unlocked.
 */
export function createUploadLocks(redis: Redis, log: Log): (name: string) => UploadLock {
  redis.defineCommand('takeUploadLock', { numberOfKeys: 2, lua: TAKE })
  redis.defineCommand('renewUploadLock', { numberOfKeys: 2, lua: RENEW })
  redis.defineCommand('releaseUploadLock', { numberOfKeys: 1, lua: RELEASE })
  const commands = redis as Redis & Commands

  return (name) => {
    const lock = `upload-lock:${name}`
    const wanted = `${lock}:wanted`
    const token = randomUUID()
    let renewal: NodeJS.Timeout | undefined

    async function tryToTake(): Promise<'taken' | 'held' | 'no-redis'> {
      try {
        const taken = await commands.takeUploadLock(lock, wanted, token, LEASE_MS, ASK_MS * 5)
        return taken === 1 ? 'taken' : 'held'
      } catch (error) {
        log.debug({ err: error, name }, 'an upload goes on unlocked')
        return 'no-redis'
      }
    }

    async function renew(onWanted: () => void): Promise<void> {
      try {
        const isWanted = await commands.renewUploadLock(lock, wanted, token, LEASE_MS)
        if (isWanted === 1) onWanted()
      } catch (error) {
        log.debug({ err: error, name }, 'could not renew the lock of an upload')
      }
    }

    return {
      async take(signal, onWanted) {
        const giveUpAt = performance.now() + WAIT_MS
        for (;;) {
          const outcome = await tryToTake()
          if (outcome === 'no-redis') return
          if (outcome === 'taken') break
          if (signal.aborted || performance.now() > giveUpAt) throw new UploadLocked()
          await wait(ASK_MS)
        }
        renewal = setInterval(() => void renew(onWanted), RENEW_MS)
      },
      async release() {
        if (renewal === undefined) return
        clearInterval(renewal)
        await commands.releaseUploadLock(lock, token).catch((error: unknown) => {
          log.debug({ err: error, name }, 'could not release the lock of an upload; its lease ends')
        })
      },
    }
  }
}
