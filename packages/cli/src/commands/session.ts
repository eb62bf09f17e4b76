import { createClient } from '@tintype/sdk'
import type { Command } from 'commander'
import { keepCurrent, keepTokens, readTokens } from '../config.ts'
import { connect, type GlobalOptions, normalizeUrl, serverOf, settingsOf } from '../connect.ts'
import { CommandError, EXIT } from '../exit.ts'
import { type Io, tell } from '../io.ts'
import { formatBytes, printOne } from '../output.ts'
import { ask, readPassword } from '../prompt.ts'

interface LoginOptions extends GlobalOptions {
  username?: string
  passwordStdin: boolean
}

export function addSession(program: Command, io: Io): void {
  program
    .command('login')
    .summary('sign in to a server')
    .description('Sign in to a server. The session is kept in the configuration, which only you can read.')
    .argument('[url]', 'the server, where it is another than last time')
    .option('-u, --username <name>', 'who signs in')
    .option('--password-stdin', 'read the password from standard input', false)
    .action(async (url: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LoginOptions>()
      const server = url === undefined ? await serverOf(io, options) : normalizeUrl(url)
      const client = createClient({
        ...settingsOf(io, server),
        onTokens: (tokens) => keepTokens(io, server, tokens),
      })
      const username = options.username ?? (await ask(io, 'User name'))
      const { user } = await client.login(username, await readPassword(io, options.passwordStdin))
      await keepCurrent(io, server)
      tell(io, `Signed in to ${server} as ${user.username}.`)
    })

  program
    .command('logout')
    .description('End the session, here and on the server.')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const server = await serverOf(io, options)
      if ((await readTokens(io, server)) === undefined) {
        throw new CommandError(`Nobody is signed in at ${server}.`, EXIT.notSignedIn)
      }
      const { client } = await connect(
        { ...io, env: { ...io.env, TINTYPE_API_KEY: '', TINTYPE_TOKEN: '' } },
        options,
      )
      // A session that the server has ended is over all the same.
      await client.logout().catch((error: unknown) => {
        if ((error as { statusCode?: number }).statusCode !== 401) throw error
      })
      await keepTokens(io, server, undefined)
      tell(io, `Signed out of ${server}.`)
    })

  program
    .command('whoami')
    .description('Show who is signed in, their tier, and what they use of it.')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { client, url } = await connect(io, options)
      const me = await client.me()
      const { usage, tier } = me
      printOne(io, options, me, {
        server: url,
        user: me.username,
        role: me.role,
        tier: tier.name,
        images: `${usage.images} of ${usage.quotaImages}`,
        storage: `${formatBytes(usage.bytes)} of ${formatBytes(usage.quotaBytes)}`,
      })
    })
}
