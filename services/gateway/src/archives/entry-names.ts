/** Longest name in an archive, in bytes of UTF-8: file systems take 255, and a number may come to it. */
const MAX_BYTES = 240
/** What Windows allows in no name, beside control characters. */
const RESERVED_CHARACTERS = /[<>:"/\\|?*\p{Cc}]/gu
/** What Windows takes for a device, whatever its extension. */
const DEVICES = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)/i

/** Names for the files of one archive: each once, also where upper and lower case are one, and good on any system. */
export interface EntryNames {
  /** @param extension in place of the name's own, without the dot. */
  take(filename: string, extension?: string): string
}

export function createEntryNames(): EntryNames {
  /** For each name that was asked for, the number that its next one gets. */
  const numbers = new Map<string, number>()
  const taken = new Set<string>()

  return {
    take(filename, extension) {
      const wanted = split(filename, extension)
      const key = fold(join(wanted))
      let number = numbers.get(key) ?? 1
      let name = join(wanted, number)
      while (taken.has(fold(name))) {
        number += 1
        name = join(wanted, number)
      }
      numbers.set(key, number + 1)
      taken.add(fold(name))
      return name
    },
  }
}

interface NameParts {
  stem: string
  /** With its dot, or empty. */
  extension: string
}

function split(filename: string, extension: string | undefined): NameParts {
  // Windows drops dots and blanks at the end.
  const safe = filename.replace(RESERVED_CHARACTERS, '_').replace(/[. ]+$/, '')
  const own = /\.[\p{L}\p{N}]{1,16}$/u.exec(safe)?.[0] ?? ''
  const last = extension === undefined ? own : `.${extension}`
  const room = MAX_BYTES - Buffer.byteLength(last)
  const stem = cut(safe.slice(0, safe.length - own.length), room).replace(/[. ]+$/, '')
  const named = stem === '' ? 'untitled' : stem
  return { stem: DEVICES.test(named) ? `_${named}` : named, extension: last }
}

function join({ stem, extension }: NameParts, number = 1): string {
  return number === 1 ? `${stem}${extension}` : `${stem} (${number})${extension}`
}

/** At most `bytes` of UTF-8, and no character by half. */
function cut(text: string, bytes: number): string {
  let room = bytes
  let kept = ''
  for (const character of text) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    kept += character
  }
  return kept
}

/** Equal for names that a file system may take for one. */
function fold(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase()
}
