import { type Image, TintypeError } from '@tintype/sdk'
import { type Command, Option } from 'commander'
import { connect, type GlobalOptions } from '../connect.ts'
import { CommandError, EXIT, fatalExit } from '../exit.ts'
import { type Io, named, say, tell } from '../io.ts'
import { parseCount } from '../numbers.ts'
import { formatBytes, printList } from '../output.ts'
import { fetchRendition, parseRendition } from '../rendition.ts'
import { isFolder, type SaveOptions, save } from '../save.ts'

interface ListOptions extends GlobalOptions {
  state?: Image['state']
  query?: string
  number: number
  all: boolean
}

export function addImages(program: Command, io: Io): void {
  program
    .command('ls')
    .description('List images, the newest first.')
    .addOption(
      new Option('-s, --state <state>', 'only those in this state').choices(['pending', 'ready', 'failed']),
    )
    .option('-q, --query <text>', 'only those with this in their title or file name')
    .option('-n, --number <number>', 'how many', parseCount, 20)
    .option('-a, --all', 'all of them', false)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>()
      const { client } = await connect(io, options)
      const { state, query, number, all } = options
      const limit = all ? 100 : Math.min(100, number)
      const images = client.images.list({
        limit,
        ...(state === undefined ? {} : { state }),
        ...(query === undefined ? {} : { q: query }),
      })
      await printList(io, options, all ? images : firstOf(images, number), [
        { title: 'id', of: ({ id }) => id },
        { title: 'name', of: ({ title, filename }) => title || filename },
        { title: 'format', of: ({ format }) => format },
        { title: 'pixels', of: ({ width, height }) => `${width}×${height}`, align: 'right' },
        { title: 'size', of: ({ bytes }) => formatBytes(bytes), align: 'right' },
        {
          title: 'state',
          of: ({ state, error }) => (error === undefined ? state : `${state}: ${error.code}`),
        },
        { title: 'uploaded', of: ({ uploadedAt }) => uploadedAt.slice(0, 16).replace('T', ' ') },
      ])
    })

  program
    .command('get')
    .description('Fetch images: the original, a thumbnail (h200), or another format (full.png).')
    .argument('<ids...>', 'images; - reads more from standard input')
    .option('-r, --rendition <name>', 'original, h<height>, full.<format>', parseRendition, 'original')
    .option('-o, --output <path>', 'a file, a folder, or - for standard output')
    .option('-f, --force', 'write over files that are there', false)
    .action(async (names: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & SaveOptions & { rendition: string }>()
      const { output = '.', rendition } = options
      const { client } = await connect(io, options)
      const ids = await named(io, names)
      if (ids.length > 1 && output !== '-' && !(await isFolder(io, output))) {
        throw new CommandError(`${output} is no folder, and one file holds one image.`, EXIT.usage)
      }
      await eachOf(io, ids, async (id) => {
        const path = await save(io, await fetchRendition(client, id, rendition), options)
        if (path === undefined) return
        say(io.stdout, options.json ? JSON.stringify({ id, path }) : path)
      })
    })

  program
    .command('rm')
    .description('Delete images, with all that was made of them and their links.')
    .argument('<ids...>', 'images; - reads more from standard input')
    .action(async (ids: string[], _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { client } = await connect(io, options)
      const results = await client.images.deleteMany(await named(io, ids))
      if (options.json) await printList(io, options, results, [])
      const missing = results.filter(({ status }) => status === 'not-found')
      for (const { id } of missing) tell(io, `${id}: there is no such image`)
      if (missing.length > 0) throw new CommandError('', EXIT.failed)
    })
}

/** Does it for each, and goes on after one that fails. */
async function eachOf(io: Io, ids: string[], work: (id: string) => Promise<void>): Promise<void> {
  let failed = 0
  for (const id of ids) {
    try {
      await work(id)
    } catch (error) {
      if (io.signal.aborted || fatalExit(error) !== undefined || !(error instanceof Error)) throw error
      failed += 1
      const isGone = error instanceof TintypeError && error.statusCode === 404
      tell(io, `${id}: ${isGone ? 'there is no such image' : error.message}`)
    }
  }
  if (failed > 0) throw new CommandError('', EXIT.failed)
}

async function* firstOf<T>(items: AsyncIterable<T>, count: number): AsyncGenerator<T> {
  let left = count
  for await (const item of items) {
    yield item
    left -= 1
    if (left === 0) return
  }
}
