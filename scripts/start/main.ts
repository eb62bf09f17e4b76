// npm start: the whole product on embedded stores. scripts/README.md has the rest.

import { join } from 'node:path'
import { ensureConsole } from '../console.ts'
import { ROOT, readEnvironment } from '../environment.ts'
import { onStopRequest } from '../stop-request.ts'
import { freePort } from '../stores/free-port.ts'
import { endLeftovers } from '../stores/run-records.ts'
import { connectApi } from './api.ts'
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

  await ensureConsole(folder.run, say)
  stopping.signal.throwIfAborted()

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
  await Promise.all(plans.map((plan) => bringUp(plan, folder)))
  stopping.signal.throwIfAborted()

  const [username, password] = [adminUsername(env), secrets.adminPassword]
  const { works, link } = await visit(origin, username, password, folder)
  stopping.signal.throwIfAborted()

  const admin = { username, password, madeUp: secrets.adminPasswordMadeUp, works }
  say(summary({ origin, publicUrl, data: folder, admin, link }))
  say(`Started in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`)
  say(`ready ${origin}`)
}

async function bringUp(plan: ServicePlan, folder: DataFolder): Promise<void> {
  const file = join(folder.logs, `${plan.name}.log`)
  const log = openServiceLog(plan.name, file, say)
  const again = () => startService(plan, folder.run, { onLine: log.onLine })
  const service = await again()
  running.services.push(service)
  await untilReady(plan.name, localOrigin(plan.host, plan.port), service, file)
  running.services.splice(running.services.indexOf(service), 1, keepRunning(plan.name, service, again, say))
}

/**
 * Tries the administrator's password, and puts the first picture in. The
 * picture is a courtesy: where it fails, the reason is said and the product runs on.
 */
async function visit(
  origin: string,
  username: string,
  password: string,
  folder: DataFolder,
): Promise<{ works: boolean; link: string | undefined }> {
  let works = false
  try {
    const session = await connectApi(origin).signIn(username, password)
    if (session === undefined) return { works, link: undefined }
    works = true
    const link = await putFirstPicture(session, folder.path)
    await session.signOut()
    return { works, link }
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    if (!stopping.signal.aborted) say(`The sample picture could not be put in: ${reason}`)
    return { works, link: undefined }
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
