/** S3's limit (user guide, "Naming Amazon S3 objects"). */
const MAX_KEY_BYTES = 1024
/** NAME_MAX of the file systems in use (ext4, XFS, APFS, NTFS). */
const MAX_SEGMENT_BYTES = 255
/** Where the file store keeps what is not yet whole; no key may lie in it. */
export const TEMPORARY_FOLDER = '.tmp'

/**
 * The segments of a key, or a `TypeError` that says what is wrong with it. One
 * rule for every store, so that code tested on one runs on the other.
 */
export function keySegments(key: string): string[] {
  checkText(key, 'key')
  const segments = key.split('/')
  for (const segment of segments) checkSegment(segment, 'key')
  if (segments[0] === TEMPORARY_FOLDER) throw invalid('key', `lies in ${TEMPORARY_FOLDER}`)
  return segments
}

/** The order of lists: by UTF-8 bytes, which is not that of JavaScript's strings. */
export function compareKeys(key: string, other: string): number {
  return Buffer.compare(Buffer.from(key), Buffer.from(other))
}

/** A prefix as whole segments and the start of the next one, which may be empty. */
export interface Prefix {
  folders: string[]
  start: string
}

/** Takes a prefix apart, or throws a `TypeError` where no key can start with it. */
export function splitPrefix(prefix: string): Prefix {
  checkText(prefix, 'prefix')
  const folders = prefix.split('/')
  const start = folders.pop() ?? ''
  for (const folder of folders) checkSegment(folder, 'prefix')
  if (folders[0] === TEMPORARY_FOLDER) throw invalid('prefix', `lies in ${TEMPORARY_FOLDER}`)
  return { folders, start }
}

/** As `splitPrefix`, for deletions: an empty prefix is refused, since no caller means to empty the store. */
export function splitPrefixToDelete(prefix: string): Prefix {
  if (prefix === '') throw invalid('prefix', 'is empty, which would delete every object')
  return splitPrefix(prefix)
}

function checkText(text: string, what: string): void {
  if (Buffer.byteLength(text) > MAX_KEY_BYTES) throw invalid(what, `is over ${MAX_KEY_BYTES} bytes`)
  // XML, in which S3 lists keys, cannot carry most of these.
  if (/\p{Cc}/u.test(text)) throw invalid(what, 'has a control character')
  if (!text.isWellFormed()) throw invalid(what, 'has half a surrogate pair')
}

function checkSegment(segment: string, what: string): void {
  if (segment === '') throw invalid(what, 'is empty or has an empty segment')
  if (segment === '.' || segment === '..') throw invalid(what, 'has a dot segment')
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
    throw invalid(what, `has a segment over ${MAX_SEGMENT_BYTES} bytes`)
  }
}

function invalid(what: string, problem: string): TypeError {
  return new TypeError(`The object ${what} ${problem}.`)
}
