/** What a resource of a test needs of it: a chance to end with it. Tap's `t` is one; what was made last ends first. */
export interface Scope {
  teardown(end: () => unknown): void
}
