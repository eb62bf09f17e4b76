import type { Exit } from './child.ts'

/** A store that runs as a child of this process. */
export interface Store {
  /** Where it listens on 127.0.0.1. */
  readonly port: number
  readonly pid: number
  /** Settles when it has ended, however it came to that. */
  readonly exited: Promise<Exit>
  /** Ends it in order: what it was asked to keep is on disk. */
  stop(): Promise<void>
  /** Ends it at once, as a power failure would. */
  kill(): Promise<void>
}
