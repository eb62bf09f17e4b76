#!/usr/bin/env node
import { EXIT } from './exit.ts'
import { run } from './program.ts'

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not wait.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted)
    interrupt.abort(new Error('interrupted'))
  })
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has had enough, as `head` has. What was to be done may be half done.
    if (error.code === 'EPIPE') process.exit(EXIT.unread)
    if (stream === process.stdout) process.stderr.write(`tintype: standard output: ${error.message}\n`)
    process.exit(EXIT.failed)
  })
}

process.exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
})
