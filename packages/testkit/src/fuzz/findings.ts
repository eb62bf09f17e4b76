/** What an input brought about that none may. */
export interface Finding {
  /** `picture`: a file. `request`: an upload's bytes as they go over the line, head and body. */
  kind: 'picture' | 'request'
  reason: string
  input: Buffer
}
