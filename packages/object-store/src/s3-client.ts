import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import type { S3Location } from './store-url.ts'

export interface S3Timeouts {
  /** To a TCP connection. */
  connectMs: number
  /** To the headers of an answer, and between two pieces of a body. */
  answerMs: number
  /** To the answer of a request that has the server work: put, copy, bulk delete. */
  commitMs: number
}

export const S3_TIMEOUTS: S3Timeouts = { connectMs: 2_000, answerMs: 5_000, commitMs: 15_000 }

export interface S3ClientOptions {
  timeouts: S3Timeouts
  /** Most connections at once; further requests wait for one. */
  maxSockets: number
}

/**
 * Idle sockets are closed before a server would do it (AWS, nginx and RADOS
 * gateways wait for 20 s or more): a streamed put that meets a socket being
 * closed fails and cannot be repeated.
 */
const IDLE_SOCKET_MS = 10_000
/** The SDK repeats transient failures, but no request whose body is a stream. */
const MAX_ATTEMPTS = 2

/** Failures are thrown; the SDK's own lines on the console would be seen by nobody. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

/** A client of the location's bucket at `endpoint` (undefined: AWS). Nothing is connected before the first request. */
export function createS3Client(
  location: S3Location,
  endpoint: string | undefined,
  { timeouts, maxSockets }: S3ClientOptions,
): S3Client {
  const agent = { keepAlive: true, maxSockets, timeout: IDLE_SOCKET_MS }
  return new S3Client({
    region: location.region,
    ...(location.credentials && { credentials: location.credentials }),
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    // Other servers refuse the checksums that the SDK adds by default, and
    // presigned URLs would demand them of browsers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The SDK would open a connection of its own for every large put to wait on.
    expectContinueHeader: false,
    maxAttempts: MAX_ATTEMPTS,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      requestTimeout: timeouts.answerMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
      logger: SILENT,
    },
  })
}

/** Options of one request: its time to the answer's headers (0: none) and the caller's signal. */
export function within(
  timeoutMs: number,
  signal?: AbortSignal,
): { requestTimeout: number; abortSignal?: AbortSignal } {
  return { requestTimeout: timeoutMs, ...(signal && { abortSignal: signal }) }
}

/** Whether an answer says that the object (and not the bucket) is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound')
}

/** Whether an answer says that a range begins past the object's end. */
export function isRangeNotSatisfiable(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416
}
