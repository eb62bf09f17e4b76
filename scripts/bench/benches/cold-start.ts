import type { ServiceName } from '../../start/services.ts'
import { runChild } from '../../stores/child.ts'
import type { Bench } from '../bench.ts'
import { resultOf } from '../results.ts'
import { alternate } from '../rounds.ts'

const SERVICES: ServiceName[] = ['gateway', 'worker', 'links']

/** How long a service that is started again is away. */
export const coldStart: Bench = {
  name: 'cold-start',
  goal: 'each service is ready within a second of its start',
  async run(context) {
    // The first start of all makes the schema, and compiles.
    const product = await context.startProduct({ services: SERVICES, store: 'file' })
    for (const name of SERVICES) await product.processes[name]?.stop()

    const started = async (name: ServiceName) => {
      const startedAt = performance.now()
      const child = await product.start(name)
      const tookMs = performance.now() - startedAt
      await child.stop()
      return tookMs
    }
    const figures = await alternate(context.rounds, {
      gateway: () => started('gateway'),
      worker: () => started('worker'),
      links: () => started('links'),
      async node() {
        const startedAt = performance.now()
        const options = { name: 'node', command: process.execPath, args: ['-e', '0'], runDir: context.runDir }
        await runChild({ ...options, env: { PATH: process.env.PATH } })
        return performance.now() - startedAt
      },
    })
    return SERVICES.map((name) =>
      resultOf({
        ...{ name: `cold-start ${name}`, unit: 'ms', ours: figures[name], beside: figures.node },
        goal: { of: 'ours', atMost: 1000 },
        note: 'beside: node -e 0; ours until /readyz answers 200, alone on the machine',
      }),
    )
  },
}
