import { execFileSync, spawnSync } from 'node:child_process'

/** How a command is run so that PostgreSQL does not find itself root, which it refuses. */
export interface Account {
  /** Words to put in front of the command. */
  prefix: string[]
  /** Who has to own its files, seen from here. */
  owner: { uid: number; gid: number } | undefined
}

/**
 * For anybody but root: as they are. For root: in a user namespace where root
 * is called `nobody`; files stay root's. Docker's default profile forbids such
 * namespaces; there it runs as the real `nobody`, who keeps one of root's
 * capabilities so as to reach a folder below /root. No user is made for it.
 * `initdb` looks its own user up in /etc/passwd, hence one that is everywhere.
 * @throws with one sentence when neither is allowed.
 */
export function postgresAccount(postgres: string): Account {
  if (process.getuid?.() !== 0) return { prefix: [], owner: undefined }
  const nobody = { uid: idOf('-u'), gid: idOf('-g') }

  const namespace = ['unshare', '--user', `--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`]
  if (runs(namespace, postgres)) return { prefix: namespace, owner: { uid: 0, gid: 0 } }

  const capability = [
    'setpriv',
    `--reuid=${nobody.uid}`,
    `--regid=${nobody.gid}`,
    '--clear-groups',
    // access(2), by which PostgreSQL looks for its binaries, drops the capability without this.
    '--securebits=+no_setuid_fixup',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ]
  if (runs(capability, postgres)) return { prefix: capability, owner: nobody }

  throw new Error(
    'PostgreSQL does not run as root and this container lets root become nobody else: ' +
      'start as another user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
}

function runs([command = '', ...args]: string[], postgres: string): boolean {
  return spawnSync(command, [...args, postgres, '--version'], { stdio: 'ignore' }).status === 0
}
