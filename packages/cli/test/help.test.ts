import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import t from 'tap'
import { createProgram } from '../src/program.ts'
import { openTerminal } from './terminal.ts'

const HELP = new URL('help.txt', import.meta.url)

/** The names of every command, as they are typed. */
function namesOf(command: Command, before: string[] = []): string[][] {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help')
  return [before, ...below.flatMap((one) => namesOf(one, [...before, one.name()]))]
}

t.test('every command says what it is for', async (t) => {
  const terminal = await openTerminal(t)
  const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: {}, cwd: '/' }
  const names = namesOf(createProgram({ ...io, signal: new AbortController().signal }))
  t.ok(names.length >= 17, `${names.length} commands`)
  let text = ''
  for (const name of names) {
    const { exitCode, stdout } = await terminal.run([...name, '--help'])
    t.equal(exitCode, 0, name.join(' '))
    text += `$ tintype ${[...name, '--help'].join(' ')}\n${stdout}\n`
  }
  if (process.env.UPDATE_HELP) await writeFile(HELP, text)
  t.equal(text, await readFile(HELP, 'utf8'), 'UPDATE_HELP=1 writes test/help.txt anew')
})

t.test('shells complete commands and options', async (t) => {
  const terminal = await openTerminal(t)
  const complete = async (...words: string[]) =>
    (await terminal.run(['complete', '--', ...words])).stdout.split('\n').filter(Boolean)
  t.strictSame(await complete('up'), ['upload'])
  t.strictSame(await complete('admin', 're'), ['reconcile'])
  t.strictSame(await complete('upload', '--wa'), ['--wait'])
  t.ok((await complete('')).includes('ls'))
  const { stdout } = await terminal.run(['completion', 'bash'])
  const { status } = spawnSync('bash', ['-n'], { input: stdout })
  t.equal(status, 0, 'the script is one')
  t.match(await terminal.run(['completion', 'csh']), { exitCode: 2 })
})
