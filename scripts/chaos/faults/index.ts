import type { Fault } from '../fault.ts'
import { clockOfGateway, clockOfLinks, clockOfWorker } from './clocks.ts'
import { postgresKilled, postgresStopped, redisEmptied, redisKilled, redisStopped } from './databases.ts'
import { diskFull } from './disk-full.ts'
import { gatewayKilled, linksKilled, rollingRestart, workerKilled } from './kills.ts'
import { migrationsAtOnce } from './migrations.ts'
import { storeRefuses, storeResets, storeSlow, storeStopped } from './stores.ts'

/** With which the others are compared. */
const none: Fault = {
  name: 'none',
  what: 'nothing: what the load does on a sound stack',
  mayCut: false,
  async run({ hold, healed }) {
    await hold()
    healed()
  },
}

export const FAULTS: readonly Fault[] = [
  none,
  gatewayKilled,
  workerKilled,
  linksKilled,
  redisStopped,
  redisKilled,
  redisEmptied,
  postgresStopped,
  postgresKilled,
  storeStopped,
  storeSlow,
  storeResets,
  storeRefuses,
  diskFull,
  clockOfGateway,
  clockOfWorker,
  clockOfLinks,
  migrationsAtOnce,
  rollingRestart,
]
