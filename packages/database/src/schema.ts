import type {
  ConversionFormat,
  DeliveryFailure,
  DeliveryState,
  EventDetail,
  EventType,
  FailureCode,
  Generation,
  ImageFormat,
  ImageState,
  RenditionFormat,
  RenditionName,
  Role,
  Scope,
  Target,
  VerificationPhase,
  VerificationProblem,
  VerificationState,
  WebhookMessageType,
} from '@tintype/domain'
import {
  bigint,
  boolean,
  customType,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  sql,
  text,
  timestamp,
  uuid,
} from './orm.ts'

/**
 * The tables as Drizzle sees them. Indexes and checks are in `migrations/`,
 * which alone makes the schema; a test compares the two.
 */
const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const bytes = (name: string) => bigint(name, { mode: 'number' })
/** A transaction's number, as the decimal digits that PostgreSQL writes. */
const transactionId = customType<{ data: string }>({ dataType: () => 'xid8' })

export const installation = pgTable('installation', {
  id: uuid('id').primaryKey(),
  sweepNumber: integer('sweep_number').notNull().default(0),
  eventsForgottenTo: transactionId('events_forgotten_to').notNull().default('0'),
})

export const tiers = pgTable('tiers', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  thumbnailHeights: integer('thumbnail_heights').array().notNull(),
  originalAccess: boolean('original_access').notNull(),
  conversionFormats: text('conversion_formats').array().$type<ConversionFormat[]>().notNull(),
  linkAccess: boolean('link_access').notNull(),
  linkMinSeconds: integer('link_min_seconds').notNull(),
  linkMaxSeconds: integer('link_max_seconds').notNull(),
  maxUploadBytes: bytes('max_upload_bytes').notNull(),
  maxPixels: bytes('max_pixels').notNull(),
  quotaBytes: bytes('quota_bytes').notNull(),
  quotaImages: integer('quota_images').notNull(),
  readsPerMinute: integer('reads_per_minute').notNull(),
  uploadsPerMinute: integer('uploads_per_minute').notNull(),
  linksPerMinute: integer('links_per_minute').notNull(),
  generation: text('generation').$type<Generation>().notNull(),
  isDefault: boolean('is_default').notNull(),
  version: integer('version').notNull().default(1),
  createdAt: at('created_at').notNull().defaultNow(),
  updatedAt: at('updated_at').notNull().defaultNow(),
})

export const users = pgTable('users', {
  id: uuid('id').primaryKey(),
  username: text('username').notNull(),
  email: text('email'),
  passwordHash: text('password_hash').notNull(),
  role: text('role').$type<Role>().notNull(),
  tierId: uuid('tier_id').notNull(),
  disabledAt: at('disabled_at'),
  deletedAt: at('deleted_at'),
  isDemo: boolean('is_demo').notNull().default(false),
  linkEpoch: integer('link_epoch').notNull().default(0),
  usedBytes: bytes('used_bytes').notNull().default(0),
  usedImages: integer('used_images').notNull().default(0),
  createdAt: at('created_at').notNull().defaultNow(),
  updatedAt: at('updated_at').notNull().defaultNow(),
})

export const sessions = pgTable('sessions', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  generation: integer('generation').notNull().default(0),
  rotatedAt: at('rotated_at').notNull().defaultNow(),
  rotations: timestamp('rotations', { withTimezone: true }).array().notNull().default([]),
  createdAt: at('created_at').notNull().defaultNow(),
  expiresAt: at('expires_at').notNull(),
  endedAt: at('ended_at'),
  userAgent: text('user_agent').notNull(),
  address: text('address').notNull(),
})

export const images = pgTable('images', {
  id: uuid('id').primaryKey(),
  ownerId: uuid('owner_id').notNull(),
  title: text('title').notNull(),
  filename: text('filename').notNull(),
  sha256: text('sha256').notNull(),
  format: text('format').$type<ImageFormat>().notNull(),
  width: integer('width').notNull(),
  height: integer('height').notNull(),
  bytes: bytes('bytes').notNull(),
  state: text('state').$type<ImageState>().notNull().default('pending'),
  failureCode: text('failure_code').$type<FailureCode>(),
  failureMessage: text('failure_message'),
  attempts: integer('attempts').notNull().default(0),
  attemptBeganAt: at('attempt_began_at'),
  thumbhash: text('thumbhash'),
  linkEpoch: integer('link_epoch').notNull().default(0),
  requestId: uuid('request_id'),
  requestPart: integer('request_part'),
  conversionAttempts: integer('conversion_attempts').notNull().default(0),
  conversionAttemptBeganAt: at('conversion_attempt_began_at'),
  avifAttempts: integer('avif_attempts').notNull().default(0),
  avifAttemptBeganAt: at('avif_attempt_began_at'),
  uploadedAt: at('uploaded_at').notNull().defaultNow(),
  progressAt: at('progress_at').notNull().defaultNow(),
})

export const renditions = pgTable(
  'renditions',
  {
    imageId: uuid('image_id').notNull(),
    name: text('name').$type<RenditionName>().notNull(),
    objectKey: text('object_key'),
    format: text('format').$type<RenditionFormat>(),
    width: integer('width'),
    height: integer('height'),
    bytes: bytes('bytes'),
    failureCode: text('failure_code').$type<FailureCode>(),
    requestedAt: at('requested_at').notNull().defaultNow(),
    lastReadAt: at('last_read_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.imageId, table.name] })],
)

export const links = pgTable('links', {
  id: uuid('id').primaryKey(),
  imageId: uuid('image_id').notNull(),
  target: text('target').$type<Target>().notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
  expiresAt: at('expires_at').notNull(),
  revokedAt: at('revoked_at'),
  maxUses: integer('max_uses'),
  usedUpAt: at('used_up_at'),
  passwordHash: text('password_hash'),
  filename: text('filename'),
  imageEpoch: integer('image_epoch').notNull(),
  ownerEpoch: integer('owner_epoch').notNull(),
})

export const reconciles = pgTable('reconciles', {
  tierId: uuid('tier_id').primaryKey(),
  version: integer('version').notNull(),
  gained: text('gained').array().$type<RenditionName[]>().notNull(),
  cursor: uuid('cursor'),
  imagesTotal: integer('images_total').notNull(),
  imagesDone: integer('images_done').notNull().default(0),
  startedAt: at('started_at').notNull().defaultNow(),
  progressAt: at('progress_at').notNull().defaultNow(),
  finishedAt: at('finished_at'),
})

export const apiKeys = pgTable('api_keys', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  name: text('name').notNull(),
  scopes: text('scopes').array().$type<Scope[]>().notNull(),
  secretSha256: text('secret_sha256').notNull(),
  hint: text('hint').notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
  expiresAt: at('expires_at'),
  lastUsedAt: at('last_used_at'),
})

export const idempotentRequests = pgTable('idempotent_requests', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  key: text('key').notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
  leasedUntil: at('leased_until').notNull(),
  bodySha256: text('body_sha256'),
  statusCode: integer('status_code'),
  answer: jsonb('answer'),
})

export const directUploads = pgTable('direct_uploads', {
  id: uuid('id').primaryKey(),
  ownerId: uuid('owner_id').notNull(),
  title: text('title').notNull(),
  filename: text('filename').notNull(),
  contentType: text('content_type').notNull(),
  bytes: bytes('bytes').notNull(),
  sha256: text('sha256'),
  createdAt: at('created_at').notNull().defaultNow(),
  expiresAt: at('expires_at').notNull(),
  imageId: uuid('image_id'),
  completedAt: at('completed_at'),
  receivedBytes: bytes('received_bytes'),
  pieces: integer('pieces').notNull().default(0),
  metadata: text('metadata'),
})

export const uploadPieces = pgTable(
  'upload_pieces',
  {
    uploadId: uuid('upload_id').notNull(),
    start: bytes('start').notNull(),
    bytes: bytes('bytes').notNull(),
    name: uuid('name').notNull(),
  },
  (table) => [primaryKey({ columns: [table.uploadId, table.start] })],
)

export const archives = pgTable('archives', {
  id: uuid('id').primaryKey(),
  ownerId: uuid('owner_id').notNull(),
  imageIds: uuid('image_ids').array(),
  rendition: text('rendition').$type<Target>().notNull(),
  createdAt: at('created_at').notNull().defaultNow(),
  expiresAt: at('expires_at').notNull(),
})

export const auditLog = pgTable('audit_log', {
  id: uuid('id').primaryKey(),
  at: at('at').notNull().defaultNow(),
  actorId: uuid('actor_id').notNull(),
  actorName: text('actor_name').notNull(),
  action: text('action').notNull(),
  subjectType: text('subject_type').notNull(),
  subjectId: uuid('subject_id').notNull(),
  before: jsonb('before'),
  after: jsonb('after'),
  address: text('address').notNull(),
  requestId: text('request_id').notNull(),
})

export const events = pgTable('events', {
  id: bytes('id').primaryKey().generatedAlwaysAsIdentity(),
  transaction: transactionId('transaction').notNull().default(sql`pg_current_xact_id()`),
  at: at('at').notNull().defaultNow(),
  ownerId: uuid('owner_id').notNull(),
  imageId: uuid('image_id').notNull(),
  type: text('type').$type<EventType>().notNull(),
  detail: jsonb('detail').$type<EventDetail>().notNull().default({}),
})

export const webhooks = pgTable('webhooks', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  url: text('url').notNull(),
  types: text('types').array().$type<EventType[]>().notNull(),
  description: text('description').notNull().default(''),
  secret: text('secret').notNull(),
  previousSecret: text('previous_secret'),
  previousSecretUntil: at('previous_secret_until'),
  createdAt: at('created_at').notNull().defaultNow(),
  disabledAt: at('disabled_at'),
})

export const webhookDeliveries = pgTable('webhook_deliveries', {
  id: uuid('id').primaryKey(),
  webhookId: uuid('webhook_id').notNull(),
  type: text('type').$type<WebhookMessageType>().notNull(),
  at: at('at').notNull().defaultNow(),
  imageId: uuid('image_id'),
  detail: jsonb('detail').$type<EventDetail>().notNull().default({}),
  state: text('state').$type<DeliveryState>().notNull().default('pending'),
  attempts: integer('attempts').notNull().default(0),
  nextAttemptAt: at('next_attempt_at').notNull().defaultNow(),
  lastStatus: integer('last_status'),
  lastFailure: text('last_failure').$type<DeliveryFailure>(),
  createdAt: at('created_at').notNull().defaultNow(),
  endedAt: at('ended_at'),
})

export const verifications = pgTable('verifications', {
  id: uuid('id').primaryKey(),
  hash: boolean('hash').notNull(),
  repair: boolean('repair').notNull(),
  state: text('state').$type<VerificationState>().notNull().default('running'),
  phase: text('phase').$type<VerificationPhase>().notNull().default('images'),
  cursor: text('cursor'),
  imagesTotal: integer('images_total').notNull(),
  imagesDone: integer('images_done').notNull().default(0),
  objectsSeen: integer('objects_seen').notNull().default(0),
  bytesHashed: bytes('bytes_hashed').notNull().default(0),
  found: integer('found').notNull().default(0),
  mended: integer('mended').notNull().default(0),
  startedAt: at('started_at').notNull().defaultNow(),
  progressAt: at('progress_at').notNull().defaultNow(),
  endedAt: at('ended_at'),
})

export const verificationFindings = pgTable(
  'verification_findings',
  {
    verificationId: uuid('verification_id').notNull(),
    number: integer('number').notNull(),
    problem: text('problem').$type<VerificationProblem>().notNull(),
    subjectId: uuid('subject_id').notNull(),
    rendition: text('rendition').$type<RenditionName>(),
    expected: text('expected'),
    actual: text('actual'),
    mended: boolean('mended').notNull(),
  },
  (table) => [primaryKey({ columns: [table.verificationId, table.number] })],
)
