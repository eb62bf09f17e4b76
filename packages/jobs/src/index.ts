export {
  CONSUMER_REDIS,
  type Consumer,
  type ConsumerOptions,
  consumeMaintenance,
  consumeRenditions,
} from './consumer.ts'
export {
  type MaintenanceJob,
  QUEUE_NAMES,
  type QueueName,
  type RenditionsJob,
  SWEEPS,
  type Sweep,
} from './names.ts'
export { createProducer, PRODUCER_REDIS, type Producer, QueueUnavailable } from './producer.ts'
