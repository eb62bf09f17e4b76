import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { readPieces } from '../../src/resumable-uploads/piece-reader.ts'

const BYTES = Buffer.from('abcdefghijklmnopqrstuvwxyz')

/** The whole alphabet in chunks of this size, which fails at its end where `error` is told. */
async function* chunks(size: number, error?: Error): AsyncGenerator<Buffer> {
  for (let at = 0; at < BYTES.length; at += size) yield BYTES.subarray(at, at + size)
  if (error !== undefined) throw error
}

t.test('pieces make up the body, whatever it comes in', async (t) => {
  for (const [size, pieceBytes] of [
    [1, 5],
    [5, 5],
    [7, 3],
    [13, 13],
    [26, 5],
    [4, 100],
  ] as const) {
    const hash = createHash('sha1')
    const reader = readPieces(Readable.from(chunks(size), { objectMode: false }), hash)
    const pieces: string[] = []
    while (!reader.isEnded) pieces.push((await buffer(reader.next(pieceBytes))).toString())
    const full = pieces.filter((piece) => piece !== '')
    t.equal(full.join(''), BYTES.toString(), `${size} by ${pieceBytes}`)
    t.ok(full.slice(0, -1).every((piece) => piece.length === pieceBytes))
    t.equal(reader.failure, undefined)
    t.equal(hash.digest('hex'), createHash('sha1').update(BYTES).digest('hex'))
  }
})

t.test('what came before a failure is a piece', async (t) => {
  const error = new Error('broke off')
  const reader = readPieces(Readable.from(chunks(5, error), { objectMode: false }))
  t.equal((await buffer(reader.next(10))).toString(), 'abcdefghij')
  t.notOk(reader.isEnded)
  t.equal((await buffer(reader.next(100))).toString(), 'klmnopqrstuvwxyz')
  t.ok(reader.isEnded)
  t.equal(reader.failure, error)
})
