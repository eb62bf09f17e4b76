import { randomBytes } from 'node:crypto'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * A UUID of version 7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then
 * random bits, so that ids sort by the time they were made.
 *
 * Made here and not by SQL, because PostgreSQL has `uuidv7()` only from 18 on.
 */
export function uuidv7(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Whether `text` is a UUID in canonical lower-case form, the only form in which ids are stored and compared. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}
