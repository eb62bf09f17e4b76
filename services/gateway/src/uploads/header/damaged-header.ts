/**
 * What a format's reader throws when a header is cut short or contradicts
 * itself. It never leaves this folder: `readImageHeader` turns it into the
 * outcome `damaged`. An exception, because damage may show at any depth of a
 * header, and every read in between would otherwise have to hand it up.
 */
export class DamagedHeader extends Error {
  override readonly name = 'DamagedHeader'
}
