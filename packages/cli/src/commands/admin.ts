import { setTimeout as delay } from 'node:timers/promises'
import type { Client, NewUser, UserChanges } from '@tintype/sdk'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from '../connect.ts'
import { CommandError, EXIT } from '../exit.ts'
import type { Io } from '../io.ts'
import { formatBytes, printList, printOne } from '../output.ts'
import { readPassword } from '../prompt.ts'
import { verify } from '../verify.ts'

const ROLES = ['user', 'auditor', 'admin']

export function addAdmin(program: Command, io: Io): void {
  const admin = program.command('admin').description('Administer the server. Auditors may look.')
  addUsers(admin, io)

  admin
    .command('tiers')
    .description('List tiers: what they grant, and how many users have them.')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { client } = await connect(io, options)
      await printList(io, options, await client.admin.tiers.list(), [
        { title: 'name', of: ({ name, isDefault }) => (isDefault ? `${name} (default)` : name) },
        { title: 'thumbnails', of: ({ thumbnailHeights }) => thumbnailHeights.join(', ') },
        { title: 'original', of: ({ originalAccess }) => (originalAccess ? 'yes' : 'no') },
        { title: 'formats', of: ({ conversionFormats }) => conversionFormats.join(', ') || null },
        {
          title: 'links',
          of: (tier) => (tier.linkAccess ? `${tier.linkMinSeconds}–${tier.linkMaxSeconds} s` : 'no'),
        },
        { title: 'quota', of: ({ quotaBytes }) => formatBytes(quotaBytes), align: 'right' },
        { title: 'users', of: ({ users }) => users, align: 'right' },
      ])
    })

  admin
    .command('reconcile')
    .description('Show how far what the edits of tiers gained their users is made.')
    .argument('[tier]', 'only of this one, by its name or id')
    .option('-w, --wait', 'wait until it is done', false)
    .action(async (tier: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { wait: boolean }>()
      const { client } = await connect(io, options)
      const read = () => readReconciles(client, tier)
      let runs = await read()
      while (options.wait && runs.some(({ state }) => state === 'running')) {
        await delay(1000, undefined, { signal: io.signal })
        runs = await read()
      }
      await printList(io, options, runs, [
        { title: 'tier', of: ({ tier }) => tier },
        { title: 'state', of: ({ state }) => state },
        {
          title: 'done',
          of: ({ imagesDone, imagesTotal }) => `${imagesDone} of ${imagesTotal}`,
          align: 'right',
        },
        { title: 'version', of: ({ version }) => version, align: 'right' },
      ])
    })

  admin
    .command('verify')
    .summary('compare what the server says of itself')
    .description(
      'Compare what the server says of itself: what users use with what is stored, what waits\ntoo long, what failed. Exits with 1 when something is not as it should be. Whether the store\nhas every object is compared by the server itself, every day.',
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { client } = await connect(io, options)
      const findings = await verify(client, io.signal)
      await printList(io, options, findings, [
        { title: 'check', of: ({ check }) => check },
        { title: '', of: ({ ok }) => (ok ? 'ok' : 'WRONG') },
        { title: 'finding', of: ({ finding }) => finding },
      ])
      if (findings.some(({ ok }) => !ok)) throw new CommandError('', EXIT.failed)
    })
}

async function readReconciles(client: Client, wanted: string | undefined) {
  const tiers = (await client.admin.tiers.list()).filter(
    ({ id, name }) => wanted === undefined || id === wanted || name === wanted,
  )
  if (tiers.length === 0) throw new CommandError(`There is no tier «${wanted}».`)
  return Promise.all(
    tiers.map(async ({ id, name }) => ({ tier: name, ...(await client.admin.tiers.reconcile(id)) })),
  )
}

interface UserOptions extends GlobalOptions {
  query?: string
  tier?: string
  role?: NonNullable<NewUser['role']>
  email?: string
  passwordStdin: boolean
  disable?: boolean
  enable?: boolean
}

function addUsers(admin: Command, io: Io): void {
  const role = () => new Option('--role <role>', 'their role').choices(ROLES)
  const users = admin
    .command('users')
    .description('List users, the newest first; or add or change one.')
    .option('-q, --query <text>', 'only those with this in their name or address')
    .option('--tier <tier>', 'only those of this tier')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<UserOptions>()
      const { client } = await connect(io, options)
      const { query, tier } = options
      const filter = {
        limit: 100,
        ...(query === undefined ? {} : { q: query }),
        ...(tier === undefined ? {} : { tier }),
      }
      await printList(io, options, client.admin.users.list(filter), [
        { title: 'id', of: ({ id }) => id },
        { title: 'name', of: ({ username }) => username },
        { title: 'role', of: ({ role }) => role },
        { title: 'tier', of: ({ tier }) => tier.name },
        { title: 'images', of: ({ usage }) => usage.images, align: 'right' },
        { title: 'size', of: ({ usage }) => formatBytes(usage.bytes), align: 'right' },
        { title: 'state', of: ({ disabled }) => (disabled ? 'disabled' : 'active') },
      ])
    })

  users
    .command('add')
    .description('Make a user.')
    .argument('<name>', 'their user name')
    .option('--tier <tier>', 'their tier, by its name or id')
    .addOption(role())
    .option('--email <address>', 'their mail address')
    .option('--password-stdin', 'read the password from standard input', false)
    .action(async (username: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<UserOptions>()
      const { client } = await connect(io, options)
      const password = await readPassword(io, options.passwordStdin, `Password of ${username}`)
      const user = await client.admin.users.create({ username, password, ...changesOf(options) } as NewUser)
      printOne(io, options, user, { id: user.id, name: user.username, role: user.role, tier: user.tier.name })
    })

  users
    .command('set')
    .description('Change a user’s tier, role or address, or disable or enable them.')
    .argument('<user>', 'by their name or id')
    .option('--tier <tier>', 'their tier, by its name or id')
    .addOption(role())
    .option('--email <address>', 'their mail address')
    .option('--disable', 'end their sessions, keys and links, and let them in no more')
    .option('--enable', 'let them in again')
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<UserOptions>()
      const { client } = await connect(io, options)
      const changes = changesOf(options)
      if (Object.keys(changes).length === 0)
        throw new CommandError('Say what to change: --tier, --role …', EXIT.usage)
      const user = await client.admin.users.update(await findUserId(client, name), changes as UserChanges)
      printOne(io, options, user, {
        id: user.id,
        name: user.username,
        role: user.role,
        tier: user.tier.name,
        state: user.disabled ? 'disabled' : 'active',
      })
    })
}

function changesOf({ tier, role, email, disable, enable }: UserOptions) {
  if (disable === true && enable === true) throw new CommandError('Disable them or enable them.', EXIT.usage)
  const disabled = disable === true ? true : enable === true ? false : undefined
  return Object.fromEntries(
    Object.entries({ tier, role, email, disabled }).filter(([, value]) => value !== undefined),
  )
}

async function findUserId(client: Client, name: string): Promise<string> {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(name)) return name
  for await (const { id, username } of client.admin.users.list({ q: name, limit: 100 })) {
    if (username.toLowerCase() === name.toLowerCase()) return id
  }
  throw new CommandError(`There is no user «${name}».`)
}
