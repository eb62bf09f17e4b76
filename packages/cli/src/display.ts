import { basename } from 'node:path'
import { type Io, printable, tell } from './io.ts'
import { formatBytes } from './output.ts'

/** How far a batch of uploads is, as people see it. */
export interface Display {
  begin(path: string, bytes: number): FileProgress
  /** What became of a file, in one word, and why. */
  report(path: string, outcome: string, reason?: string): void
  /** One that was uploaded can be looked at. */
  ready(): void
  end(): void
}

export interface FileProgress {
  sent(bytes: number): void
  /** Nothing more is sent of it. */
  end(): void
}

export interface DisplayOptions {
  files: number
  bytes: number
  /** Whether it is shown how many are ready. */
  wait: boolean
  /** Whether only failures are shown. */
  quiet: boolean
}

/** Bars where somebody watches, a line a file where nobody does. */
export async function createDisplay(io: Io, options: DisplayOptions): Promise<Display> {
  return io.stderr.isTTY === true && !options.quiet ? createBars(io, options) : createLines(io, options)
}

function createLines({ stderr }: Io, { quiet }: DisplayOptions): Display {
  return {
    begin: () => ({ sent() {}, end() {} }),
    report(path, outcome, reason) {
      if (quiet && reason === undefined) return
      tell({ stderr }, lineOf(path, outcome, reason))
    },
    ready() {},
    end() {},
  }
}

function lineOf(path: string, outcome: string, reason: string | undefined): string {
  return `${outcome.padEnd(8)}  ${path}${reason === undefined ? '' : `: ${reason}`}`
}

const NAME_WIDTH = 28

async function createBars({ stderr }: Io, { files, bytes, wait }: DisplayOptions): Promise<Display> {
  const { default: progress } = await import('cli-progress')
  const bars = new progress.MultiBar(
    {
      format: '{name} {bar} {percentage}% {what}',
      stream: stderr as NodeJS.WriteStream,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      forceRedraw: false,
      // Bytes of nothing are all there.
      emptyOnZero: false,
      autopadding: true,
    },
    progress.Presets.shades_classic,
  )
  let doneFiles = 0
  let readyFiles = 0
  let sentBytes = 0
  const total = bars.create(Math.max(1, bytes), 0, { name: nameOf('All'), what: '' })
  const showTotal = () =>
    total.update(Math.min(sentBytes, bytes), {
      name: nameOf('All'),
      what: [
        `${doneFiles} of ${files}`,
        `${formatBytes(sentBytes)} of ${formatBytes(bytes)}`,
        ...(wait ? [`${readyFiles} ready`] : []),
      ].join(', '),
    })
  showTotal()
  return {
    begin(path, size) {
      const name = nameOf(basename(path))
      const bar = bars.create(Math.max(1, size), 0, { name, what: formatBytes(size) })
      let own = 0
      const advance = (sent: number) => {
        sentBytes += sent - own
        own = sent
        bar.update(sent)
        showTotal()
      }
      return {
        sent: advance,
        end() {
          advance(size)
          doneFiles += 1
          bars.remove(bar)
          showTotal()
        },
      }
    },
    report(path, outcome, reason) {
      if (reason !== undefined) bars.log(`${printable(lineOf(path, outcome, reason))}\n`)
    },
    ready() {
      readyFiles += 1
      showTotal()
    },
    end: () => bars.stop(),
  }
}

function nameOf(name: string): string {
  const text = printable(name)
  return text.length > NAME_WIDTH ? `${text.slice(0, NAME_WIDTH - 1)}…` : text.padEnd(NAME_WIDTH)
}
