import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addAdmin } from './commands/admin.ts'
import { addImages } from './commands/images.ts'
import { addSession } from './commands/session.ts'
import { addSharing } from './commands/sharing.ts'
import { addUpload } from './commands/upload.ts'
import { addCompletion } from './completion.ts'
import { CommandError, EXIT, EXIT_CODES, explain } from './exit.ts'
import { type Io, tell } from './io.ts'

/** The whole command line. */
export function createProgram(io: Io): Command {
  const program = new Command('tintype')
    .description('Upload, fetch and share pictures on a Tintype server.')
    .version(versionOf())
    .option('--server <url>', 'another server than the one last signed in to (TINTYPE_URL)')
    .option('--json', 'print JSON, an object a line, for programs')
    .addHelpText(
      'after',
      `
Environment:
  TINTYPE_URL         the server
  TINTYPE_API_KEY     an API key, in place of signing in
  TINTYPE_TOKEN       an access token, in place of signing in
  TINTYPE_ADMIN_PATH  the server's ADMIN_PATH, where it is not admin

${EXIT_CODES}`,
    )
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.min(100, io.stdout.columns ?? 100),
      getErrHelpWidth: () => Math.min(100, io.stderr.columns ?? 100),
    })
    .showSuggestionAfterError()
    .exitOverride()
    // As of a variable that is not set: as a path it would be the working directory. A shell completes it.
    .hook('preAction', (_program, command) => {
      if (command.name() !== 'complete' && command.args.includes(''))
        throw new CommandError('An argument is empty.', EXIT.usage)
    })
  addSession(program, io)
  addUpload(program, io)
  addImages(program, io)
  addSharing(program, io)
  addAdmin(program, io)
  addCompletion(program, io)
  return program
}

/** Runs a command. @returns its exit code. */
export async function run(args: string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' })
    return EXIT.done
  } catch (error) {
    // It has said what it had to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    const { message, exitCode } = explain(error)
    if (message !== '' && (exitCode === EXIT.interrupted || !io.signal.aborted))
      tell(io, `tintype: ${message}`)
    return io.signal.aborted ? EXIT.interrupted : exitCode
  }
}

function versionOf(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
