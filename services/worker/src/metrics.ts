import { LANES, type Lane } from '@tintype/domain'
import type { Producer, Sweep } from '@tintype/jobs'
import { createMetrics } from '@tintype/service-kit'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { DecoderPool } from './pixels/pool.ts'
import type { DeriveImageOutcome } from './renditions/derive-image.ts'
import type { AttemptOutcome } from './webhooks/deliver.ts'

export interface WorkerMetrics {
  registry: Registry
  /** Counts a derivation that ended; `fault` is one that is tried again. */
  observeDerivation(lane: Lane, outcome: DeriveImageOutcome | 'fault', seconds: number): void
  /** Counts an attempt to tell a webhook something. */
  observeDelivery(outcome: AttemptOutcome): void
  /** Counts what a sweep found, by what it calls that. */
  observeSweep(sweep: Sweep, counts: Record<string, number>): void
}

/** The worker's own figures, beside those of every process. */
export function createWorkerMetrics(options: {
  producer: Pick<Producer, 'countJobs'>
  pools: Record<Lane, Pick<DecoderPool, 'stats'>>
}): WorkerMetrics {
  const registry = createMetrics('worker')
  const registers = [registry]
  const derivations = new Counter({
    name: 'tintype_derivations_total',
    help: 'Derivations that ended, by lane and outcome',
    labelNames: ['lane', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'tintype_derivation_duration_seconds',
    help: 'Time from the start of a derivation to its publication',
    labelNames: ['lane'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  new Gauge({
    name: 'tintype_decoder_children',
    help: 'Decoder processes by lane and what they do',
    labelNames: ['lane', 'state'],
    registers,
    collect() {
      for (const lane of LANES) {
        const { children, busy } = options.pools[lane].stats()
        this.set({ lane, state: 'busy' }, busy)
        this.set({ lane, state: 'idle' }, Math.max(0, children - busy))
      }
    },
  })
  new Counter({
    name: 'tintype_decoder_crashes_total',
    help: 'Decoder processes that crashed or were killed over a picture, by lane and reason',
    labelNames: ['lane', 'reason'],
    registers,
    collect() {
      this.reset() // the pools count
      for (const lane of LANES) {
        const { crashed } = options.pools[lane].stats()
        for (const [reason, count] of Object.entries(crashed)) this.inc({ lane, reason }, count)
      }
    },
  })
  new Gauge({
    name: 'tintype_queue_jobs',
    help: 'Jobs of each queue by state; absent while Redis is away',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      this.reset()
      const queues = await options.producer.countJobs().catch(() => ({}))
      for (const [queue, states] of Object.entries(queues)) {
        for (const [state, count] of Object.entries(states)) this.set({ queue, state }, count)
      }
    },
  })
  const swept = new Counter({
    name: 'tintype_swept_total',
    help: 'What sweeps found, by sweep and what it was: of usage those mended, of originals those missing',
    labelNames: ['sweep', 'what'],
    registers,
  })
  const webhookAttempts = new Counter({
    name: 'tintype_webhook_attempts_total',
    help: 'Attempts to deliver to webhooks that ended; of what failed another follows, of what is dead none',
    labelNames: ['outcome'],
    registers,
  })
  return {
    registry,
    observeDelivery: (outcome) => webhookAttempts.inc({ outcome }),
    observeDerivation(lane, outcome, seconds) {
      derivations.inc({ lane, outcome })
      if (outcome === 'published') durations.observe({ lane }, seconds)
    },
    observeSweep(sweep, counts) {
      for (const [what, count] of Object.entries(counts)) swept.inc({ sweep, what }, count)
    },
  }
}
