import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareBucket } from './bucket.ts'
import { cephConfig, monitorAddress } from './ceph-config.ts'
import { type Child, runChild, startChild } from './child.ts'
import { findOnPath, installDebianPackages } from './debian-packages.ts'
import { freePort } from './free-port.ts'
import { parseStoreUrl } from './store-url.ts'

export interface RadosGatewayOptions {
  /** Emptied first: what an earlier run stored was in its memory and is gone. */
  dataDir: string
  /** Default: a free one. */
  port?: number
  /** Default `tintype`. */
  bucket?: string
  /** Its log. Default: `ceph.log` in the data folder. */
  log?: string
  /** Where its processes are written down. Default: `run` in the data folder. */
  runDir?: string
  /** Told when packages have to be installed first. Default: nobody is. */
  say?: (line: string) => void
}

export interface RadosGateway {
  /** `s3://KEY:SECRET@127.0.0.1:port/bucket?…`; the bucket is there. */
  readonly storeUrl: string
  readonly port: number
  /** Takes S3 away: connections are refused. What is stored stays. */
  interrupt(): Promise<void>
  /** Brings S3 back on the same port, with all that was stored. */
  resume(): Promise<void>
  /** Ends everything; what was stored is gone. */
  stop(): Promise<void>
}

const COMMANDS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool']
const PACKAGES = ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common']

/**
 * Starts a real S3 server for tests: Ceph's RADOS gateway over a monitor and an
 * in-memory storage daemon, from Debian's packages. Takes about ten seconds.
 * @throws one sentence when the packages are missing and cannot be installed.
 */
export async function startRadosGateway(options: RadosGatewayOptions): Promise<RadosGateway> {
  await ensureCeph(options.say ?? (() => {}))
  const { dataDir: dir, log = join(dir, 'ceph.log'), runDir = join(dir, 'run'), bucket = 'tintype' } = options
  const port = options.port ?? (await freePort())
  const monitorPorts = { v2: await freePort(), v1: await freePort() }
  const fsid = randomUUID()
  const conf = join(dir, 'ceph.conf')
  rmSync(dir, { recursive: true, force: true })
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(dir, name), { recursive: true, mode: 0o700 })
  writeFileSync(conf, cephConfig({ dir, fsid, monitorPorts, port }), { mode: 0o600 })

  const run = (command: string, ...args: string[]) =>
    runChild({ name: command, command: path(command), args: ['--conf', conf, ...args], marker: conf, runDir })
  const start = (command: string, ...args: string[]) =>
    startChild({
      name: command,
      command: path(command),
      args: ['--conf', conf, '-f', ...args],
      marker: conf,
      runDir,
      output: { file: log },
    })

  const map = join(dir, 'monmap')
  const address = monitorAddress(monitorPorts)
  await run('monmaptool', '--create', '--addv', 'a', address, '--fsid', fsid, map)
  await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map)
  const monitor = await start('ceph-mon', '-i', 'a')
  const osdId = randomUUID()
  await run('ceph', 'osd', 'new', osdId)
  await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osdId)
  const osd = await start('ceph-osd', '-i', '0')
  const [key, secret] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')]
  const user = ['--uid=tintype', '--display-name=tintype', `--access-key=${key}`, `--secret-key=${secret}`]
  await run('radosgw-admin', 'user', 'create', ...user)

  let gateway: Child | undefined
  const storeUrl = `s3://${key}:${secret}@127.0.0.1:${port}/${bucket}?region=us-east-1&tls=false`
  const resume = async () => {
    gateway ??= await start('radosgw', '-n', 'client.rgw')
    await prepareBucket(parseStoreUrl(storeUrl))
  }
  const interrupt = async () => {
    await gateway?.kill()
    gateway = undefined
  }
  await resume()
  return {
    storeUrl,
    port,
    interrupt,
    resume,
    async stop() {
      await interrupt()
      await osd.kill()
      await monitor.kill()
    },
  }
}

async function ensureCeph(say: (line: string) => void): Promise<void> {
  if (COMMANDS.every(findOnPath)) return
  const outcome = await installDebianPackages(PACKAGES, say)
  if (outcome === 'installed' && COMMANDS.every(findOnPath)) return
  throw new Error(
    `The tests need an S3 server: install one (Debian, Ubuntu: apt-get install ${PACKAGES.join(' ')}) ` +
      'or set TEST_STORE_URL to a bucket of your own.',
  )
}

function path(command: string): string {
  const found = findOnPath(command)
  if (found === undefined) throw new Error(`${command} is missing`)
  return found
}
