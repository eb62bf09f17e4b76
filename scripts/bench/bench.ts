import type { Pictures } from './pictures.ts'
import type { Product, ProductOptions } from './product.ts'
import type { Result } from './results.ts'
import type { BenchStores } from './stores.ts'

/** What a bench measures with. What is made of it ends with the bench. */
export interface Context {
  rounds: number
  /** Whether a smoke is enough: little of everything. */
  quick: boolean
  /** Progress, for whoever waits. */
  say(line: string): void
  pictures: Pictures
  stores: BenchStores
  /** For files of the bench's own. */
  folder: string
  /** Records of processes that run for it. */
  runDir: string
  startProduct(options: ProductOptions): Promise<Product>
  teardown(end: () => unknown): void
}

export interface Bench {
  name: string
  /** What it should come to, in a sentence. */
  goal: string
  run(context: Context): Promise<Result[]>
}
