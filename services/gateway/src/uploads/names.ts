/** Longest file name or title that is kept, in characters. */
export const NAME_LENGTH = 255

/**
 * A sender's file name or title as it is kept for display: one line of text
 * in NFC, without control characters or marks that turn the reading
 * direction (which can make `gpj.exe` read as `exe.jpg`), at most 255
 * characters. It is never part of a key or a path.
 */
export function displayName(text: string, whenEmpty: string): string {
  const clean = text
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
  return clean === '' ? whenEmpty : [...clean].slice(0, NAME_LENGTH).join('')
}
