import { dictionary } from '@zxcvbn-ts/language-common'

/** What a new password is held against. */
export interface PasswordRules {
  minLength: number
  username: string
  email?: string | null | undefined
}

/** Shorter names are part of too many good passwords. */
const NAME_MIN_LENGTH = 3

/** Below it, a password of any length is soon tried: `aaaaaaaaaaaa`, `abababababab`, blanks. */
const MIN_DIFFERENT = 4

/** The fifty thousand that people choose most, as attackers' lists have them. */
const commonest = new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))

/** What is wrong with a new password, as a sentence; undefined when nothing is. */
export function passwordProblem(
  password: string,
  { minLength, username, email }: PasswordRules,
): string | undefined {
  // As it is hashed, and without regard to case.
  const plain = password.normalize('NFKC').toLowerCase()
  if ([...plain].length < minLength) return `password: must have at least ${minLength} characters.`
  const names = { 'user name': username, 'mail address': email?.replace(/@.*$/, '') ?? '' }
  for (const [what, name] of Object.entries(names)) {
    const part = name.normalize('NFKC').toLowerCase()
    if (part.length >= NAME_MIN_LENGTH && plain.includes(part))
      return `password: must not contain the ${what}.`
  }
  if (new Set(plain.trim()).size < MIN_DIFFERENT) {
    return `password: must have at least ${MIN_DIFFERENT} different characters.`
  }
  if (commonest.has(plain) || commonest.has(wordOf(plain))) {
    return 'password: is among the commonest ones, and the first to be tried.'
  }
  return undefined
}

/** What is left of `password2026!` without what people add to satisfy rules. */
function wordOf(password: string): string {
  return password.replace(/[^\p{L}]+$/u, '')
}
