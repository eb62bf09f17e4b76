#!/usr/bin/env node
import { run } from './program.ts'

/** Commands that do more than show something. */
const CHANGES = new Set(['login', 'logout', 'upload', 'rm', 'link', 'add', 'set'])

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not wait.
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort(new Error('interrupted'))
  })
}
const args = process.argv.slice(2)
const isChange = args.some((word) => CHANGES.has(word))
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has had enough, as `head` has. What was to be done may be half done.
    if (error.code === 'EPIPE') process.exit(isChange ? 1 : 0)
    throw error
  })
}

process.exitCode = await run(args, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
})
