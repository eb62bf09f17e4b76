import type { Bench } from '../bench.ts'
import { accept } from './accept.ts'
import { coldStart } from './cold-start.ts'
import { convert } from './convert.ts'
import { derive } from './derive.ts'
import { growth } from './growth.ts'
import { heights } from './heights.ts'
import { interference } from './interference.ts'
import { link } from './link.ts'
import { list } from './list.ts'
import { memory } from './memory.ts'
import { onTheFly } from './on-the-fly.ts'
import { ready } from './ready.ts'
import { scaleOut } from './scale-out.ts'
import { throughput } from './throughput.ts'
import { thumbnail } from './thumbnail.ts'

/** In the order in which they are run and told. */
export const BENCHES: readonly Bench[] = [
  derive,
  heights,
  accept,
  ready,
  link,
  thumbnail,
  throughput,
  interference,
  convert,
  coldStart,
  list,
  growth,
  scaleOut,
  memory,
  onTheFly,
]
