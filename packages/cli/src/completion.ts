import { type Command, InvalidArgumentError } from 'commander'
import { type Io, say } from './io.ts'

/** What the shells run: they ask the command itself, which knows its options. */
const SCRIPTS = {
  bash: `_tintype() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(tintype complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tintype tintype`,
  zsh: `#compdef tintype
_tintype() {
  local -a candidates
  candidates=("\${(@f)$(tintype complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $candidates || _files
}
compdef _tintype tintype`,
  fish: `complete -c tintype -a '(tintype complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
} as const

export function addCompletion(program: Command, io: Io): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description(
      'Print a completion script for a shell:\n  bash: source <(tintype completion bash)\n  zsh:  source <(tintype completion zsh)\n  fish: tintype completion fish | source',
    )
    .argument('<shell>', 'bash, zsh or fish', parseShell)
    .action((shell: keyof typeof SCRIPTS) => say(io.stdout, SCRIPTS[shell]))

  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      for (const candidate of candidatesFor(program, words)) say(io.stdout, candidate)
    })
}

function parseShell(shell: string): keyof typeof SCRIPTS {
  if (shell in SCRIPTS) return shell as keyof typeof SCRIPTS
  throw new InvalidArgumentError('bash, zsh or fish.')
}

/** What the last of the words may become: commands first, options once it begins with a dash. */
function candidatesFor(program: Command, words: string[]): string[] {
  const before = words.slice(0, -1)
  const last = words.at(-1) ?? ''
  let command = program
  for (const word of before) {
    command = command.commands.find((one) => one.name() === word) ?? command
  }
  const options = [...command.options, ...program.options].flatMap(({ long }) => long ?? [])
  const names = command
    .createHelp()
    .visibleCommands(command)
    .map((one) => one.name())
  return (last.startsWith('-') ? [...options, '--help'] : names).filter((one) => one.startsWith(last))
}
