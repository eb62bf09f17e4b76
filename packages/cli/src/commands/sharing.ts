import type { NewLink } from '@tintype/sdk'
import { type Command, InvalidArgumentError } from 'commander'
import { connect, type GlobalOptions } from '../connect.ts'
import { CommandError, EXIT } from '../exit.ts'
import { type Io, named, printable, say } from '../io.ts'
import { parseCount } from '../numbers.ts'
import { printList } from '../output.ts'
import { readPassword } from '../prompt.ts'
import { parseRendition } from '../rendition.ts'
import { type SaveOptions, save } from '../save.ts'

interface LinkOptions extends GlobalOptions {
  target: string
  expires?: number
  maxUses?: number
  filename?: string
  password: boolean
  passwordStdin: boolean
  list: boolean
  revoke?: string | true
}

export function addSharing(program: Command, io: Io): void {
  program
    .command('link')
    .summary('make a link that expires')
    .description('Make a link to an image for whoever has it, and print its address; or list or revoke them.')
    .argument('<id>', 'the image')
    .option('-t, --target <name>', 'original, h<height>, full.<format>', parseRendition, 'original')
    .option('-e, --expires <time>', 'how long it is good: 90s, 10m, 2h (an hour unless told)', parseSeconds)
    .option('-m, --max-uses <number>', 'how often it may be used', parseCount)
    .option('--filename <name>', 'the name that visitors save it under')
    .option('-p, --password', 'ask for a password that visitors must give', false)
    .option('--password-stdin', 'read that password from standard input', false)
    .option('-l, --list', 'list the links of the image that work', false)
    .option('--revoke [link]', 'end the link with this id, or all of the image')
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LinkOptions>()
      const { client } = await connect(io, options)
      const { target, expires, maxUses, filename, password, passwordStdin, revoke } = options
      if (revoke === true) return client.links.revokeAll(id)
      if (revoke !== undefined) return client.links.revoke(revoke)
      if (options.list) {
        return printList(io, options, client.links.list(id), [
          { title: 'id', of: (link) => link.id },
          { title: 'target', of: (link) => link.target },
          { title: 'expires', of: ({ expiresAt }) => expiresAt.slice(0, 16).replace('T', ' ') },
          { title: 'uses left', of: ({ usesLeft }) => usesLeft, align: 'right' },
          { title: 'password', of: ({ hasPassword }) => (hasPassword ? 'yes' : 'no') },
          { title: 'address', of: ({ url }) => url },
        ])
      }
      const link: NewLink = {
        target,
        ...(expires === undefined ? {} : { expiresIn: expires }),
        ...(maxUses === undefined ? {} : { maxUses }),
        ...(filename === undefined ? {} : { filename }),
        ...(password || passwordStdin ? { password: await readPassword(io, passwordStdin) } : {}),
      }
      const issued = await client.links.create(id, link)
      say(io.stdout, options.json ? JSON.stringify(issued) : printable(issued.url))
    })

  program
    .command('archive')
    .description('Fetch many images as one Zip.')
    .argument('[ids...]', 'images; - reads more from standard input')
    .option('-a, --all', 'all of them', false)
    .option('-r, --rendition <name>', 'original, h<height>, full.<format>', parseRendition, 'original')
    .option('-o, --output <path>', 'a file, a folder, or - for standard output')
    .option('-f, --force', 'write over a file that is there', false)
    .action(async (names: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & SaveOptions & { all: boolean; rendition: string }
      >()
      const { all, rendition } = options
      const ids = await named(io, names)
      if (all === ids.length > 0) throw new CommandError('Name images, or say --all.', EXIT.usage)
      const { client } = await connect(io, options)
      const order = all ? { all: true as const, rendition } : { ids, rendition }
      const path = await save(io, await client.archives.download(order), options)
      if (path !== undefined) say(io.stdout, options.json ? JSON.stringify({ path }) : path)
    })

  program
    .command('export')
    .description('Fetch all that is kept of you as one Zip: records in JSON, and your uploaded files.')
    .option('-o, --output <path>', 'a file, a folder, or - for standard output')
    .option('-f, --force', 'write over a file that is there', false)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & SaveOptions>()
      const { client } = await connect(io, options)
      const path = await save(io, await client.export({ signal: io.signal }), options)
      if (path !== undefined) say(io.stdout, options.json ? JSON.stringify({ path }) : path)
    })
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const

function parseSeconds(text: string): number {
  const [, number, unit] = /^(\d+)([smhd]?)$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('A number with s, m, h or d.')
  return Number(number) * UNITS[(unit || 's') as keyof typeof UNITS]
}
