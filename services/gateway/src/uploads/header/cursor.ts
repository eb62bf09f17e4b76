import { DamagedHeader } from './damaged-header.ts'
import type { HeaderReader } from './header-reader.ts'

/** A stretch of the file: from `start` up to but not including `end`, in bytes from the file's beginning. */
export interface Region {
  start: number
  end: number
}

/** A position that moves forward through a region and never leaves it. */
export interface Cursor {
  readonly position: number
  readonly remaining: number
  /** The next `length` bytes; moves past them. Throws DamagedHeader where the region has fewer. */
  take(length: number): Promise<Buffer>
  /** Moves past `length` bytes without reading them, and says where they are. Throws as `take` does. */
  skip(length: number): Region
}

/** Starts at a region's first byte. Throws DamagedHeader where the region leaves the file. */
export function createCursor(reader: HeaderReader, region: Region): Cursor {
  if (region.start > region.end || region.end > reader.bytes) {
    throw new DamagedHeader('The header points past the end of the file.')
  }
  let position = region.start

  function skip(length: number): Region {
    if (length > region.end - position) {
      throw new DamagedHeader(
        region.end === reader.bytes
          ? 'The file ends inside its header.'
          : 'A part of the header is longer than what holds it.',
      )
    }
    const start = position
    position += length
    return { start, end: position }
  }

  return {
    get position() {
      return position
    },
    get remaining() {
      return region.end - position
    },
    async take(length) {
      return reader.at(skip(length).start, length)
    },
    skip,
  }
}
