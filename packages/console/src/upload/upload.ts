/** A file on its way, or why it is not. */
export interface Upload {
  id: string
  name: string
  bytes: number
  sentBytes: number
  /** `cut-off`: by a reload, of a file that was not kept; choosing it again goes on with it. */
  state: 'waiting' | 'sending' | 'paused' | 'done' | 'refused' | 'cut-off'
  reason: string | undefined
  /** Whether it may be sent after all: what a restriction refused is refused again. */
  canRetry: boolean
}
