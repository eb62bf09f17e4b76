const MAX_CHARACTERS = 255
/** Control characters, line ends, and marks that turn the reading direction, with which `gpj.exe` reads as `exe.jpg`. */
const NOT_SHOWN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** A file name in the form in which it is kept (NFC), or undefined where it is not fit to be shown. */
export function parseFilename(text: string): string | undefined {
  const name = text.toWellFormed().normalize('NFC').trim()
  if (name === '' || NOT_SHOWN.test(name) || [...name].length > MAX_CHARACTERS) return undefined
  return name
}
