import { Busy } from '@tintype/service-kit'

/** The uploads that this process has received and not answered yet: what it works at, or has waiting for a store. */
export interface Intake {
  /** @throws Busy when there are as many as there may be. To be asked before anything is done for a request. */
  refuseWhenFull(): void
  /** Takes a place for an upload that has arrived. @throws Busy when there is none. */
  enter(): Disposable
}

/**
 * Bounds what waits inside: who is let in is answered within seconds, and the
 * rest are told so at once instead of waiting in line until they give up.
 * Uploads that are still arriving are not counted: slow senders cost no work.
 */
export function createIntake(max: number): Intake {
  let inHand = 0

  function refuseWhenFull(): void {
    if (inHand >= max) throw new Busy()
  }

  return {
    refuseWhenFull,
    enter() {
      refuseWhenFull()
      inHand += 1
      return {
        [Symbol.dispose]() {
          inHand -= 1
        },
      }
    },
  }
}
