// npm start: the whole product on embedded stores. `README.md` beside has the rest.

import { join } from 'node:path'
import { ROOT, readEnvironment } from '../environment.ts'
import { onStopRequest } from '../stop-request.ts'
import { freePort } from '../stores/free-port.ts'
import { endLeftovers } from '../stores/run-records.ts'
import { connectApi, type Session } from './api.ts'
import { type DataFolder, takeDataFolder } from './data-folder.ts'
import { openStores } from './embedded-stores.ts'
import { putFirstPicture } from './first-picture.ts'
import { chooseGatewayPort, localOrigin } from './gateway-port.ts'
import { keepRunning, type Running } from './keep-running.ts'
import { untilReady } from './ready.ts'
import { loadSecrets } from './secrets-file.ts'
import { openServiceLog } from './service-log.ts'
import { adminUsername, planServices, type ServicePlan, startService } from './services.ts'
import { summary } from './summary.ts'

type Stoppable = Pick<Running, 'stop' | 'kill'>

const running: { services: Stoppable[]; stores: Stoppable[] } = { services: [], stores: [] }
const stopping = new AbortController()
let data: DataFolder | undefined

const say = (line: string) => console.log(line)

onStopRequest({
  first() {
    say('Stopping …')
    void end(0)
  },
  again() {
    say('Ending everything at once.')
    void endAtOnce()
  },
})
process.on('uncaughtException', (error) => {
  console.error(error)
  void end(1)
})

try {
  await start()
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error)
    await end(1)
  }
}

async function start(): Promise<void> {
  const startedAt = performance.now()
  const env = readEnvironment()
  const host = env.HOST || '127.0.0.1'
  const folder = takeDataFolder(env.TINTYPE_DATA || join(ROOT, '.tintype'))
  data = folder
  const ended = await endLeftovers(folder.run)
  if (ended.length > 0) say(`Ended what an earlier start left behind: ${ended.join(', ')}.`)
  const port = await chooseGatewayPort(env.PORT, host)
  const secrets = loadSecrets(join(folder.path, 'secrets.json'), env)

  say('Starting the stores …')
  const { running: storesRunning, ...stores } = await openStores(env, folder, say)
  running.stores.push(...storesRunning)
  stopping.signal.throwIfAborted()

  say('Starting gateway, worker and links …')
  const origin = localOrigin(host, port.port)
  const publicUrl = (env.PUBLIC_URL || origin).replace(/\/+$/, '')
  const privatePorts = { worker: await freePort(), links: await freePort() }
  const gateway = { host, port: port.port }
  const plans = planServices({ env, data: folder, secrets, stores, publicUrl, gateway, privatePorts })
  await port.release()
  await Promise.all(plans.map((plan) => bringUp(plan, plan.name === 'gateway' ? origin : undefined, folder)))
  stopping.signal.throwIfAborted()

  const username = adminUsername(env)
  const session = await connectApi(origin).signIn(username, secrets.adminPassword)
  const link = session === undefined ? undefined : await useSession(session, folder)
  stopping.signal.throwIfAborted()

  const works = session !== undefined
  const admin = { username, password: secrets.adminPassword, madeUp: secrets.adminPasswordMadeUp, works }
  say(summary({ origin, publicUrl, data: folder, admin, link }))
  say(`Started in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
  say(`ready ${origin}`)
}

async function bringUp(plan: ServicePlan, origin = `http://${plan.host}:${plan.port}`, folder: DataFolder) {
  const file = join(folder.logs, `${plan.name}.log`)
  const log = openServiceLog(plan.name, file, say)
  const again = () => startService(plan, folder.run, log)
  const service = await again()
  running.services.push(service)
  await untilReady(plan.name, origin, service, file)
  running.services.splice(running.services.indexOf(service), 1, keepRunning(plan.name, service, again, say))
}

/** The first picture is a courtesy: where it fails, the reason is said and the product runs on. */
async function useSession(session: Session, folder: DataFolder): Promise<string | undefined> {
  try {
    const link = await putFirstPicture(session, folder.path)
    await session.signOut()
    return link
  } catch (error) {
    if (!stopping.signal.aborted)
      say(`The sample picture could not be put in: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

/** Services first, so that they finish their work on stores that still answer; then the stores; then stragglers. */
async function end(code: number): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  await Promise.allSettled(running.services.map((service) => service.stop()))
  await Promise.allSettled(running.stores.map((store) => store.stop()))
  await leave(code)
}

async function endAtOnce(): Promise<void> {
  for (const one of [...running.services, ...running.stores]) void one.kill()
  await leave(130)
}

async function leave(code: number): Promise<void> {
  if (data !== undefined) {
    await endLeftovers(data.run, code === 130 ? 0 : undefined)
    data.release()
  }
  process.exit(code)
}
