import type { ServiceName } from '@tintype/testkit'
import type { Fault } from '../fault.ts'

/** A service is gone from one moment to the next, and its supervisor starts another. */
function killed(name: ServiceName, mayCut: boolean): Fault {
  return {
    name: `${name}-killed`,
    what: `kill -9 of ${name}; its supervisor starts another one at once`,
    mayCut,
    async run({ stage, healed }) {
      healed()
      await stage.service(name).kill('SIGKILL')
      await stage.restart(name)
    },
  }
}

export const gatewayKilled = killed('gateway', true)
export const workerKilled = killed('worker', false)
/** Bytes that it was serving end early. */
export const linksKilled = killed('links', true)

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  what: 'every service is replaced: another one starts, then the first is told to end',
  mayCut: false,
  async run({ stage, random, healed }) {
    for (const name of random.shuffled(['gateway', 'links', 'worker'] as const)) await stage.replace(name)
    healed()
  },
}
