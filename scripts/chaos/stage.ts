import { type Database, openDatabase } from '@tintype/database'
import { createObjectStore, type ObjectStore } from '@tintype/object-store'
import {
  type Scope,
  type Service,
  type ServiceName,
  type Stack,
  startStack,
  startTcpProxy,
  type TcpProxy,
  type TestServer,
} from '@tintype/testkit'
import type { RadosGateway } from '../stores/rados-gateway.ts'

/** The least that the worker takes, so that orphans are swept within a run. */
const ORPHAN_MIN_AGE_SECONDS = 60
/** Nobody listens there: a proxy that is told later where to go. */
const NOWHERE = 'http://127.0.0.1:9'

export interface StageOptions {
  databaseUrl: string
  storeUrl: string
  /** The servers behind these addresses, where they are the stage's own to stop. */
  postgres?: TestServer | undefined
  rados?: Pick<RadosGateway, 'interrupt' | 'resume'> | undefined
}

/** The whole product on stores that may fail, behind a balancer, as its supervisor sees it. */
export interface Stage {
  readonly scope: Scope
  /** Where people reach it: the balancer. */
  readonly url: string
  readonly stack: Stack
  readonly postgres: TestServer | undefined
  readonly rados: Pick<RadosGateway, 'interrupt' | 'resume'> | undefined
  /** What the services reach an S3 store by; undefined where the store is a folder. */
  readonly storeProxy: TcpProxy | undefined
  /** Past every fault, for checks. */
  readonly database: Database
  readonly store: ObjectStore
  /** Those that should run. */
  running(): Service[]
  service(name: ServiceName): Service
  /** Starts another one in place of one that has ended, as a supervisor does. */
  restart(name: ServiceName): Promise<Service>
  /** Starts another one, has the balancer send everything there once it is ready, and ends the one before in order. */
  replace(name: ServiceName, env?: Record<string, string>): Promise<void>
}

export async function createStage(scope: Scope, options: StageOptions): Promise<Stage> {
  const { databaseUrl, storeUrl, postgres, rados } = options
  const balancer = await startTcpProxy(scope, NOWHERE)
  const linksBalancer = await startTcpProxy(scope, NOWHERE)
  const storeProxy = storeUrl.startsWith('s3:') ? await startTcpProxy(scope, storeUrl) : undefined
  const url = new URL(balancer.url).origin
  const stack = await startStack(scope, {
    databaseUrl,
    storeUrl: storeProxy?.url ?? storeUrl,
    env: {
      PUBLIC_URL: url,
      LINKS_URL: new URL(linksBalancer.url).origin,
      ORPHAN_MIN_AGE_SECONDS: String(ORPHAN_MIN_AGE_SECONDS),
      ANONYMOUS_PER_MINUTE: '1000000000',
      // What is to be told afterwards, without a line for each request.
      LOG_LEVEL: 'warn',
    },
  })
  const [worker] = stack.workers
  if (worker === undefined) throw new Error('there is no worker')
  const services: Record<ServiceName, Service> = { gateway: stack.gateway, links: stack.links, worker }
  const starters = { gateway: stack.startGateway, links: stack.startLinks, worker: stack.startWorker }
  const direct = (name: ServiceName) => {
    if (name === 'gateway') balancer.forwardTo(services.gateway.url)
    if (name === 'links') linksBalancer.forwardTo(services.links.url)
  }
  direct('gateway')
  direct('links')

  const database = openDatabase(databaseUrl, { maxConnections: 2 })
  scope.teardown(() => database.close())
  const store = await createObjectStore(storeUrl)
  scope.teardown(() => store.close())

  return {
    ...{ scope, url, stack, postgres, rados, storeProxy, database, store },
    running: () => Object.values(services),
    service: (name) => services[name],
    async restart(name) {
      services[name] = await starters[name]({ until: 'listening' })
      direct(name)
      return services[name]
    },
    async replace(name, env = {}) {
      const before = services[name]
      services[name] = await starters[name]({ env })
      direct(name)
      await before.kill('SIGTERM')
    },
  }
}

/** After how long an object without a row is the sweep's, in milliseconds. */
export const ORPHAN_MIN_AGE_MS = ORPHAN_MIN_AGE_SECONDS * 1000
