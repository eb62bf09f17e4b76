/** How long after a first signal another one is still the same press of Ctrl-C. */
const SAME_PRESS_MS = 500

export interface StopHandlers {
  /** Somebody wants this to end. */
  first(): void
  /** They do not want to wait for it. */
  again(): void
}

/**
 * Listens for whatever asks a launcher to end: SIGINT, SIGTERM, SIGHUP, and the
 * death of the process that started it. One Ctrl-C arrives up to three times:
 * from the terminal, and passed on by npm and by bootstrap.
 */
export function onStopRequest(handlers: StopHandlers): void {
  let firstAt: number | undefined
  const request = () => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      handlers.first()
    } else if (performance.now() - firstAt > SAME_PRESS_MS) {
      handlers.again()
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request)
  // Whoever started this may well die of the same signal a while later: that is no second wish.
  process.on('disconnect', () => {
    if (firstAt === undefined) request()
  })
  process.channel?.unref()
  // A terminal that is gone must not end the launcher in the middle of its work.
  process.stdout.on('error', ignoreClosedPipe)
  process.stderr.on('error', ignoreClosedPipe)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}
