import { type Command, InvalidArgumentError } from 'commander'
import { connect, type GlobalOptions } from '../connect.ts'
import { createDisplay } from '../display.ts'
import { CommandError, EXIT } from '../exit.ts'
import { findFiles } from '../files.ts'
import { type Io, named, say, tell } from '../io.ts'
import { openJournal } from '../journal.ts'
import { type Result, type UploadableFile, uploadFiles } from '../upload-files.ts'

interface UploadOptions extends GlobalOptions {
  recursive: boolean
  all: boolean
  wait: boolean
  title?: string
  concurrency: number
  again: boolean
  quiet: boolean
}

export function addUpload(program: Command, io: Io): void {
  program
    .command('upload')
    .summary('upload pictures')
    .description(
      'Upload pictures. After Ctrl-C the same command goes on where it stopped:\nwhat was uploaded within a month, and is unchanged, is not sent again.',
    )
    .argument(
      '<files...>',
      'files, folders with -r; - reads more from standard input, a line each or as find -print0',
    )
    .option('-r, --recursive', 'upload the pictures in folders, and in the folders in them', false)
    .option('--all', 'with -r, send files of any name and let the server tell what is a picture', false)
    .option('-w, --wait', 'wait until their renditions are made', false)
    .option('-t, --title <title>', 'the title of all of them')
    .option('-c, --concurrency <number>', 'how many to send at once', parseConcurrency, 4)
    .option('--again', 'upload also what was uploaded before', false)
    .option('-q, --quiet', 'print the ids of the images, and nothing else', false)
    .action(async (names: string[], _options: unknown, command: Command) => {
      await upload(io, names, command.optsWithGlobals<UploadOptions>())
    })
}

async function upload(io: Io, names: string[], options: UploadOptions): Promise<void> {
  const { recursive, all, wait, title, concurrency, again, quiet, json = false } = options
  const connection = await connect(io, options, { patient: true })
  const { id: userId } = await connection.client.me()
  const journal = await openJournal(io, { url: connection.url, userId })
  const found = await findFiles(await named(io, names), { cwd: io.cwd, recursive, all })
  const files = found.filter((one): one is UploadableFile => one.outcome === 'file')
  if (again) for (const file of files) await journal.forget({ ...file, title })

  const counts = { uploaded: 0, present: 0, skipped: 0, failed: 0 }
  let safe = 0
  function onResult(result: Result): void {
    counts[result.status] += 1
    if (json) say(io.stdout, JSON.stringify(result))
    else if (quiet && result.id !== undefined) say(io.stdout, result.id)
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const display = await createDisplay(io, { files: files.length, bytes, wait, quiet })
  for (const one of found) {
    if (one.outcome === 'file') continue
    display.report(one.path, 'failed', one.reason)
    onResult({ path: one.path, status: 'failed', error: { code: 'FILE', message: one.reason } })
  }
  try {
    await uploadFiles(files, {
      client: connection.client,
      ...{ journal, display, concurrency, wait, title, onResult, signal: io.signal },
      onSafe: () => {
        safe += 1
      },
    })
  } catch (error) {
    display.end()
    if (!io.signal.aborted) {
      tell(io, `${safe} of ${files.length} uploaded.`)
      throw error
    }
    throw new CommandError(
      `Interrupted: ${safe} of ${files.length} uploaded. The same command ${again ? 'without --again ' : ''}goes on.`,
      EXIT.interrupted,
    )
  }
  display.end()
  if (!quiet) tell(io, summaryOf(counts, wait))
  if (counts.failed > 0) throw new CommandError('', EXIT.failed)
}

type Counts = Record<Result['status'], number>

function summaryOf({ uploaded, present, skipped, failed }: Counts, wait: boolean): string {
  const parts = [
    `${uploaded} uploaded${wait ? ' and ready' : ''}`,
    ...(present > 0 ? [`${present} there already`] : []),
    ...(skipped > 0 ? [`${skipped} skipped: no pictures`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ]
  return `${parts.join(', ')}.`
}

function parseConcurrency(text: string): number {
  const number = Number(text)
  // As many uploads as the server lets one user have under way.
  if (!Number.isInteger(number) || number < 1 || number > 8) throw new InvalidArgumentError('1 to 8.')
  return number
}
