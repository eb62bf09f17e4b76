import type { Bench } from '../bench.ts'
import { derive } from './derive.ts'

/** In the order in which they are run and told. */
export const BENCHES: readonly Bench[] = [derive]
