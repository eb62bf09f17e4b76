import type { ImageBody } from '../answers.ts'
import type { Client } from '../client.ts'
import { poll } from '../poll.ts'
import type { Finding } from './findings.ts'

export interface PictureRound {
  /** How the pictures ended, by state or by the status that refused them. */
  ends: Record<string, number>
  /** How long each good picture took from the upload's beginning until it was seen ready, in milliseconds. */
  goodMs: number[]
  findings: Finding[]
}

const GOOD = 'good'

/**
 * Uploads pictures in one request, a good one behind each, and sees what
 * becomes of them; then deletes them. `client` has no other pictures.
 *
 * @throws where the product does not answer.
 */
export async function tryPictures(
  client: Client,
  pictures: readonly Buffer[],
  good: Buffer,
  { timeoutMs = 120_000 } = {},
): Promise<PictureRound> {
  const round: PictureRound = { ends: {}, goodMs: [], findings: [] }
  const count = (end: string) => {
    round.ends[end] = (round.ends[end] ?? 0) + 1
  }
  const find = (input: Buffer | undefined, reason: string) => {
    for (const one of input === undefined ? pictures : [input])
      round.findings.push({ kind: 'picture', reason, input: one })
  }
  const start = performance.now()
  const answer = await client.upload(
    pictures.flatMap((bytes, index) => [
      { filename: String(index), bytes },
      { filename: GOOD, bytes: good },
    ]),
  )
  if (![202, 207].includes(answer.status)) find(undefined, `the upload was answered with ${answer.status}`)
  for (const { filename, error } of answer.body?.items ?? []) {
    if (error === undefined) continue
    if (filename === GOOD) find(undefined, `a good picture was refused with ${error.code}`)
    else count(String(error.statusCode))
    if (error.statusCode >= 500) find(pictures[Number(filename)], `it was answered with ${error.statusCode}`)
  }

  const seen = new Set<string>()
  const settled = await poll(
    async () => {
      const { body } = await client.get<{ items: ImageBody[] }>('/v1/images?limit=100')
      for (const { id, filename, state } of body.items) {
        if (state !== 'ready' || filename !== GOOD || seen.has(id)) continue
        seen.add(id)
        round.goodMs.push(performance.now() - start)
      }
      return body.items.every(({ state }) => state !== 'pending') && body.items
    },
    { timeoutMs, waitingFor: 'every picture to be ready or failed' },
  ).catch(() => undefined)
  const images = settled ?? (await client.get<{ items: ImageBody[] }>('/v1/images?limit=100')).body.items
  for (const { filename, state, error } of images) {
    if (filename !== GOOD) count(state)
    const input = pictures[Number(filename)]
    if (state === 'pending') find(input, `it was not ready or failed after ${timeoutMs} ms`)
    else if (filename === GOOD && state !== 'ready')
      find(undefined, `a good picture failed with ${error?.code}`)
    else if (error?.code === 'TT_DECODER_CRASHED') find(input, 'decoders died of it')
  }
  if (images.length > 0) await client.post('/v1/images/delete', { ids: images.map(({ id }) => id) })
  return round
}
