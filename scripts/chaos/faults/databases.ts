import type { TestServer } from '@tintype/testkit'
import type { Fault, Hand } from '../fault.ts'
import type { Stage } from '../stage.ts'

type Ending = 'stop' | 'kill'

async function takeAway({ hold, healed }: Hand, server: TestServer, ending: Ending): Promise<void> {
  await server[ending]()
  await hold()
  healed()
  await server.start()
}

const noPostgres = async ({ postgres }: Stage) =>
  postgres === undefined ? 'the PostgreSQL server is not the run’s own' : undefined

function postgresAway(ending: Ending, name: string, what: string): Fault {
  return {
    ...{ name, what, mayCut: false, obstacle: noPostgres },
    run: async (hand) => {
      if (hand.stage.postgres !== undefined) await takeAway(hand, hand.stage.postgres, ending)
    },
  }
}

export const postgresStopped = postgresAway('stop', 'postgres-stopped', 'a fast shutdown, and a start later')
export const postgresKilled = postgresAway(
  'kill',
  'postgres-killed',
  'kill -9 of the server, and a start later',
)

export const redisStopped: Fault = {
  name: 'redis-stopped',
  what: 'an orderly shutdown, and a start later with what it had',
  mayCut: false,
  run: (hand) => takeAway(hand, hand.stage.stack.redis, 'stop'),
}

export const redisKilled: Fault = {
  name: 'redis-killed',
  what: 'kill -9 of the server, and a start later with what its log had',
  mayCut: false,
  run: (hand) => takeAway(hand, hand.stage.stack.redis, 'kill'),
}

export const redisEmptied: Fault = {
  name: 'redis-emptied',
  what: 'FLUSHALL: jobs, schedules and live records of links are gone',
  mayCut: false,
  async run({ stage, people, hold, healed }) {
    const links = people.flatMap((person) => person.links)
    // Those that are being issued this moment may be of either side.
    for (const link of links) link.isForgotten = 'unsure'
    await stage.stack.redis.flush()
    healed()
    for (const link of links) link.isForgotten = 'yes'
    await hold()
    for (const { links: since } of people) {
      for (const link of since) if (link.isForgotten === 'no') link.isForgotten = 'unsure'
    }
  },
}
