import { Busy } from '@tintype/service-kit'

/** The uploads that this process is busy with: those that are arriving quickly, and those that wait for a store. */
export interface Intake {
  /** Takes a place for an upload whose head has come, before anything is done for it. @throws Busy when there is none. */
  enter(): Place
}

/** Of one upload, until it is disposed of. */
export interface Place extends Disposable {
  /** A file has arrived. @throws Busy where it took so long that the place was given up, and there is no other. */
  arrived(): void
  /** What is to come next is on its way. */
  awaitMore(): void
}

/** How long an upload may arrive before it counts as slow, in milliseconds: then it costs next to no work. */
const ARRIVAL_MS = 1000

/**
 * Bounds what is under way inside: who is let in is answered within seconds, and
 * the rest are told so at once instead of waiting in line until they give up.
 * Slow senders keep no place while they send: they keep nobody busy.
 */
export function createIntake(max: number, { arrivalMs = ARRIVAL_MS } = {}): Intake {
  let taken = 0

  return {
    enter() {
      let isHeld = false
      let timer: NodeJS.Timeout | undefined

      function hold(): void {
        clearTimeout(timer)
        if (isHeld) return
        if (taken >= max) throw new Busy()
        taken += 1
        isHeld = true
      }

      function release(): void {
        clearTimeout(timer)
        if (isHeld) taken -= 1
        isHeld = false
      }

      function awaitMore(): void {
        clearTimeout(timer)
        timer = setTimeout(release, arrivalMs).unref()
      }

      hold()
      awaitMore()
      return { arrived: hold, awaitMore, [Symbol.dispose]: release }
    },
  }
}
