import type { ObjectStore } from '../src/index.ts'

/** What a part of the contract gets: a store and a prefix of its own, ending in `/`. */
export interface Subject {
  store: ObjectStore
  prefix: string
}
