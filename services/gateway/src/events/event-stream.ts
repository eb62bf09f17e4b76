import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/** What a client may leave unread before it is dropped, beside what the kernel holds. */
const MAX_UNREAD_BYTES = 256 * 1024

/** The body of an answer that is written as things happen. */
export interface EventStream {
  readonly body: Readable
  readonly isOpen: boolean
  /** Sends a text. A client that has left too much unread is cut instead: it resumes when it can. */
  send(text: string): void
  /** Settles when the client has taken most of what was sent, or the stream is over. */
  taken(): Promise<void>
  /** Ends it in order, or at once where something is unread. */
  end(): void
  /** Ends it at once. */
  cut(): void
}

/** @param raw what the body goes to. */
export function createEventStream({
  raw,
  maxUnreadBytes = MAX_UNREAD_BYTES,
  onDropped,
}: {
  raw: Pick<ServerResponse, 'writableLength'>
  maxUnreadBytes?: number | undefined
  onDropped: () => void
}): EventStream {
  let isOpen = true
  let isWanted = false
  let wanted = Promise.withResolvers<void>()
  const unreadBytes = () => body.readableLength + raw.writableLength
  const body = new Readable({
    read() {
      isWanted = true
      wanted.resolve()
    },
  })
  body.once('close', () => {
    isOpen = false
    wanted.resolve()
  })

  const stream: EventStream = {
    body,
    get isOpen() {
      return isOpen
    },
    send(text) {
      if (!isOpen) return
      // Beside this one: what is sent at once is bounded, and must be of use however large.
      if (unreadBytes() > maxUnreadBytes) {
        onDropped()
        stream.cut()
        return
      }
      isWanted = false
      wanted = Promise.withResolvers()
      body.push(text)
    },
    async taken() {
      if (isOpen && !isWanted) await wanted.promise
    },
    end() {
      if (!isOpen) return
      isOpen = false
      wanted.resolve()
      if (unreadBytes() > 0) body.destroy()
      else body.push(null)
    },
    cut() {
      isOpen = false
      body.destroy()
    },
  }
  return stream
}
