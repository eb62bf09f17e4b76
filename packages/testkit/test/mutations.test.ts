import t from 'tap'
import { mutate, mutatedRequest, seededRandom } from '../src/index.ts'

const specimen = Buffer.from('a file of some length, in which something is to be wrong')

t.test('a seed makes the same mutants each time', async (t) => {
  const made = (seed: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: 50 }, () => mutate(specimen, random).toString('latin1'))
  }
  t.strictSame(made(7), made(7))
  t.notSame(made(7), made(8))
  t.ok(new Set(made(7)).size > 30, 'and they differ')
})

t.test('a specimen stays as it is', async (t) => {
  const copy = Buffer.from(specimen)
  const random = seededRandom(1)
  for (let count = 0; count < 100; count += 1) mutate(copy, random)
  t.ok(copy.equals(specimen))
  t.equal(mutate(Buffer.alloc(0), random).length, 0, 'and nothing stays nothing')
})

t.test('a mutated request begins as a request in most cases', async (t) => {
  const random = seededRandom(1)
  const requests = Array.from({ length: 50 }, () => mutatedRequest(specimen, random).toString('latin1'))
  t.ok(requests.filter((text) => text.startsWith('POST /v1/images HTTP/1.1\r\n')).length >= 40)
})
