import { openAsBlob } from 'node:fs'
import { pick, pickText } from '../json-value.ts'
import { SAMPLE_PICTURE } from '../start/first-picture.ts'
import { type Assertions, eventually } from './assertions.ts'
import type { Project } from './project.ts'

const READY_MS = 120_000
const MANY = 30

/** What a person does with the product, and an operator with its workers. */
export async function checkJourney({ holds }: Pick<Assertions, 'holds'>, project: Project): Promise<void> {
  const { url, admin } = project
  await eventually('the gateway is ready', READY_MS, async () => {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) })
    return pickText(await answer.json(), 'status') === 'ready' || undefined
  })
  await untilHealthy(project)
  holds('all that goes on running is healthy', true)
  await checkPorts({ holds }, project)

  const wrong = await post(`${url}/v1/auth/login`, { ...admin, password: 'password' })
  holds('a wrong password does not sign in', wrong.status === 401, wrong.status)
  const login = await post(`${url}/v1/auth/login`, admin)
  holds('the administrator of .env signs in', login.status === 200, login.status)
  const headers = { authorization: `Bearer ${pickText(await login.json(), 'accessToken')}` }

  const [id] = await upload(url, headers, 1)
  await eventually('the picture is ready', READY_MS, async () => {
    const answer = await fetch(`${url}/v1/images/${id}`, { headers })
    return pickText(await answer.json(), 'state') === 'ready' || undefined
  })
  const thumbnail = await fetch(`${url}/v1/images/${id}/thumbnails/200`, { headers })
  holds('its thumbnail is sent', thumbnail.status === 200 && (await isJpeg(thumbnail)), thumbnail.status)

  const made = await post(`${url}/v1/images/${id}/links`, { target: 'original', expiresIn: 300 }, headers)
  const link = pickText(await made.json(), 'url') ?? ''
  holds('a link is issued', made.status === 201, made.status)
  holds('it begins with the published address', link.startsWith(`${url}/l/`))
  const linked = await fetch(link)
  holds('anybody who has it gets the bytes', linked.status === 200 && (await isJpeg(linked)), linked.status)
  const forged = await fetch(`${link.slice(0, -4)}AAAA`)
  holds('a forged one is unknown', forged.status === 404, forged.status)
  await checkAllocator({ holds }, project)

  await project.up('--no-recreate', '--scale', 'worker=3')
  await untilHealthy(project)
  const workers = await project.containers('worker')
  holds('three workers run', workers.length === 3, workers.length)
  const ids = await upload(url, headers, MANY)
  holds(`${MANY} pictures are accepted in one request`, ids.length === MANY, ids.length)
  await eventually('all pictures are ready', READY_MS, async () => {
    const answer = await fetch(`${url}/v1/images?state=ready&limit=100`, { headers })
    const items = pick(await answer.json(), 'items')
    return (Array.isArray(items) && items.length === MANY + 1) || undefined
  })
  const counts = await Promise.all(workers.map((worker) => derivations(project, worker)))
  const shared = counts.filter((count) => count > 0).length
  const total = counts.reduce((sum, count) => sum + count, 0)
  holds(`more than one worker made them (${counts.join(', ')})`, shared > 1)
  holds('each was made once', total === MANY + 1, total)
}

/** On SIGTERM each ends by itself, within its grace. */
export async function checkStop({ holds }: Pick<Assertions, 'holds'>, project: Project): Promise<void> {
  await project.stop()
  for (const service of ['gateway', 'worker', 'links']) {
    const ids = await project.containers(service)
    const codes = await Promise.all(ids.map((id) => project.inspect(id, '{{.State.ExitCode}}')))
    holds(`${service} stops by itself`, codes.length > 0 && codes.every((code) => code === '0'), codes)
  }
}

async function untilHealthy(project: Project): Promise<void> {
  await eventually('every container is healthy', READY_MS, async () => {
    const states = await Promise.all(
      (await project.containers()).map((id) =>
        project.inspect(id, '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}'),
      ),
    )
    return states.every((state) => state === 'healthy' || state === 'none') || undefined
  })
}

async function checkPorts({ holds }: Pick<Assertions, 'holds'>, project: Project): Promise<void> {
  const open: string[] = []
  for (const id of await project.containers()) {
    const [service, ports] = (
      await project.inspect(
        id,
        '{{index .Config.Labels "com.docker.compose.service"}} {{json .HostConfig.PortBindings}}',
      )
    ).split(' ')
    if (service !== undefined && ports !== '{}' && ports !== 'null') open.push(service)
  }
  holds('only the gateway can be reached from outside', open.join() === 'gateway', open)
}

/** Of the decoder processes, which the worker starts with an environment of their own. */
async function checkAllocator({ holds }: Pick<Assertions, 'holds'>, project: Project): Promise<void> {
  const [worker = ''] = await project.containers('worker')
  const script =
    'for p in /proc/[0-9]*; do grep -qs child.js $p/cmdline && grep -c jemalloc $p/maps; done; true'
  const found = await project.exec(worker, 'sh', '-c', script)
  const counts = found.split('\n').filter(Boolean).map(Number)
  holds('decoders allocate by jemalloc', counts.length > 0 && counts.every((count) => count > 0), found)
}

async function upload(url: string, headers: Record<string, string>, count: number): Promise<string[]> {
  const form = new FormData()
  const picture = await openAsBlob(SAMPLE_PICTURE, { type: 'image/jpeg' })
  for (let index = 0; index < count; index += 1) form.append('file', picture, `picture-${index}.jpg`)
  const answer = await fetch(`${url}/v1/images`, { method: 'POST', headers, body: form })
  const body: unknown = await answer.json()
  if (answer.status !== 202)
    throw new Error(`an upload was answered with ${answer.status}: ${JSON.stringify(body)}`)
  const ids = Array.from({ length: count }, (_, index) => pickText(body, 'items', index, 'image', 'id'))
  return ids.filter((id) => id !== undefined)
}

function post(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const all = { ...headers, 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', headers: all, body: JSON.stringify(body) })
}

/** JPEG's start of image marker. */
async function isJpeg(answer: Response): Promise<boolean> {
  const bytes = Buffer.from(await answer.arrayBuffer())
  return bytes.length > 100 && bytes.readUInt16BE(0) === 0xffd8
}

async function derivations(project: Project, worker: string): Promise<number> {
  const script = "fetch('http://127.0.0.1:8081/metrics').then((r) => r.text()).then((t) => console.log(t))"
  const metrics = await project.exec(worker, 'node', '-e', script)
  const published = /^tintype_derivations_total\{[^}]*outcome="published"[^}]*\} (\d+)$/m.exec(metrics)
  return Number(published?.[1] ?? 0)
}
