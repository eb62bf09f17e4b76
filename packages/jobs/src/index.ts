export {
  CONSUMER_REDIS,
  type Consumer,
  type ConsumerOptions,
  consumeDerivations,
  consumeMaintenance,
  consumeWebhooks,
} from './consumer.ts'
export {
  type DerivationJob,
  type MaintenanceJob,
  QUEUE_NAMES,
  QUEUE_OF,
  type QueueName,
  SWEEPS,
  type Sweep,
  type WebhookJob,
} from './names.ts'
export {
  createProducer,
  PRODUCER_REDIS,
  type Producer,
  type QueueFigures,
  QueueUnavailable,
} from './producer.ts'
