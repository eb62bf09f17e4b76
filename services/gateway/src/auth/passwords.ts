/** What is wrong with a new password, as a sentence; undefined when nothing is. */
export function passwordProblem(password: string, username: string, minLength: number): string | undefined {
  if ([...password].length < minLength) return `password: must have at least ${minLength} characters.`
  if (password.toLowerCase().includes(username.toLowerCase()))
    return 'password: must not contain the user name.'
  return undefined
}
