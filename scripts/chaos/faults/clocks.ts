import { existsSync, globSync } from 'node:fs'
import type { ServiceName } from '@tintype/testkit'
import { installDebianPackages } from '../../stores/debian-packages.ts'
import type { Fault } from '../fault.ts'

/** Where Debian (by architecture), Fedora and Homebrew put it. */
const PLACES = [
  '/usr/lib/*/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
  '/usr/lib64/faketime/libfaketime.so.1',
]

const findLibrary = () => globSync(PLACES).find((path) => existsSync(path))

/** Sees to libfaketime. @returns one sentence when it is missing and cannot be installed. */
async function missingLibrary(say: (line: string) => void): Promise<string | undefined> {
  if (findLibrary() !== undefined) return undefined
  const installed = (await installDebianPackages(['libfaketime'], say)) === 'installed'
  if (installed && findLibrary() !== undefined) return undefined
  return 'libfaketime is missing: install it (Debian, Ubuntu: apt-get install libfaketime)'
}

function clockOff(name: ServiceName): Fault {
  return {
    name: `${name}-clock`,
    what: `${name} runs with its clock five minutes off, ahead or behind by the seed`,
    mayCut: false,
    obstacle: (_stage, say) => missingLibrary(say),
    async run({ stage, random, hold, healed, say }) {
      const offset = random.pick(['+5m', '-5m'])
      say(`${name} is at ${offset}`)
      await stage.replace(name, {
        LD_PRELOAD: findLibrary() ?? '',
        FAKETIME: offset,
        // The clock that tells the time of day is off; what measures how long something takes is not, nor are files'.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        NO_FAKE_STAT: '1',
      })
      await hold()
      healed()
      await stage.replace(name)
    },
  }
}

export const clockOfGateway = clockOff('gateway')
export const clockOfLinks = clockOff('links')
export const clockOfWorker = clockOff('worker')
